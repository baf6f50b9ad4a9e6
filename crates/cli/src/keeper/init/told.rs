//! What is said of it.

use super::{
    accounts::{Gift, Plan},
    keys::ChannelKeys,
    xlm, Arguments,
};
use ballast_client::{Client, Deployment};
use ballast_transaction::KeyPair;
use std::fmt::Write;
use stellar_xdr::curr::{AlphaNum12, AlphaNum4, Asset};

/// What is planned and done, for people.
pub struct Told<'a> {
    arguments: &'a Arguments,
    network: &'a str,
    keeper: String,
    keys: &'a ChannelKeys,
    plan: &'a Plan,
    deployment: Option<&'a Deployment>,
    /// Fees that were charged, stroops.
    pub spent: i64,
}

impl<'a> Told<'a> {
    /// Nothing is done yet.
    pub fn new(
        arguments: &'a Arguments,
        client: &'a Client,
        keeper: &KeyPair,
        keys: &'a ChannelKeys,
        plan: &'a Plan,
        deployment: Option<&'a Deployment>,
    ) -> Self {
        Self {
            arguments,
            network: client.network().passphrase(),
            keeper: keeper.address(),
            keys,
            plan,
            deployment,
            spent: 0,
        }
    }

    /// What would be done.
    pub fn would(&self) -> String {
        let cost = format!(
            "{} to the channels, at most {} of fees",
            xlm(self.plan.given()),
            xlm(self.plan.fees())
        );
        let mut out = self.head("would be ", &cost);
        let file = self.arguments.config.display();
        let _ = match self.arguments.keep_config {
            true => writeln!(out, "config      {file} stays as it is"),
            false => writeln!(out, "config      {file} would be written"),
        };
        out.push_str("Nothing was written, nothing sent.\n");
        out
    }

    /// What was done.
    pub fn did(&self) -> String {
        let cost = format!(
            "{} to the channels, {} of fees",
            xlm(self.plan.given()),
            xlm(self.spent)
        );
        let mut out = self.head("", &cost);
        let file = self.arguments.config.display();
        let _ = match self.arguments.keep_config {
            true => writeln!(out, "config      {file} stays as it is"),
            false => writeln!(
                out,
                "config      {file} written: read it, it says what everything is"
            ),
        };
        let _ = writeln!(out, "next        ballast keeper --config {file} --dry-run");
        out
    }

    /// How far a run came that did not come to its end.
    pub fn progress(&self, accounts: usize) -> String {
        match accounts {
            0 => String::new(),
            some => format!("{some} channels have their lumens, "),
        }
    }

    fn head(&self, would: &str, cost: &str) -> String {
        let mut out = String::new();
        let count =
            |is: fn(&Gift) -> bool| self.plan.gifts.iter().filter(|(_, gift)| is(gift)).count();
        let created = count(|gift| matches!(gift, Gift::Create(_)));
        let topped = count(|gift| matches!(gift, Gift::TopUp(_)));
        let left = count(|gift| matches!(gift, Gift::Left));
        let file = self.arguments.channels_file.display();
        // Writing to memory does not fail.
        let _ = writeln!(out, "network     {:?}", self.network);
        let _ = writeln!(out, "keeper      {}", self.keeper);
        let _ = writeln!(
            out,
            "channels    {} in {file}, {} of them {would}new: {created} {would}created with {}, {topped} {would}topped \
             up, {left} left as they are",
            self.keys.all.len(),
            self.keys.new,
            xlm_text(&self.arguments.lumens),
        );
        let _ = writeln!(out, "trustlines  {}", self.trustlines(would));
        let _ = writeln!(out, "cost        {cost}");
        out
    }

    fn trustlines(&self, would: &str) -> String {
        let plan = self.plan;
        if plan.missing.is_empty() && plan.trusted == 0 {
            return "not checked: name the pool with --pool".into();
        }
        if plan.missing.is_empty() {
            return format!("all {} that the pool's assets need", plan.trusted);
        }
        let names: Vec<_> = plan.missing.iter().map(|asset| self.name(asset)).collect();
        let names = names.join(", ");
        match plan.trust {
            true => format!("{would}made to {names}"),
            false => format!(
                "missing to {names}: a step is paid in the debt's asset and fails without one; --trust makes them"
            ),
        }
    }

    /// `USDC`, and its issuer where the deployment does not know it.
    fn name(&self, asset: &Asset) -> String {
        let (code, issuer) = match asset {
            Asset::Native => return "XLM".into(),
            Asset::CreditAlphanum4(AlphaNum4 { asset_code, issuer }) => {
                (asset_code.to_string(), issuer)
            }
            Asset::CreditAlphanum12(AlphaNum12 { asset_code, issuer }) => {
                (asset_code.to_string(), issuer)
            }
        };
        let issuer = issuer.to_string();
        let known = self.deployment.is_some_and(|deployment| {
            let is = deployment
                .asset(&code)
                .and_then(|asset| asset.issuer.as_deref());
            is == Some(issuer.as_str())
        });
        match known {
            true => code,
            false => format!("{code} of {issuer}"),
        }
    }
}

fn xlm_text(lumens: &str) -> String {
    format!("{lumens} XLM")
}
