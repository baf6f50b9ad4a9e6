//! What the attacker knows of a position before it acts: everything is public.

use crate::{
    scenario::{PerAsset, ASSETS, BASE_USD},
    stage::price_units,
    world::{Kind, Target, World},
};
use arrayvec::ArrayVec;
use ballast_chain::market::{ONE, USD};
use ballast_core::{
    auction::{rescue_terms, Auction, AuctionLeg, RescueTerms},
    health::{Leg, Position},
    plan::{Outlook, Plan},
    price::{floor_ratio, SourcePrices},
    window::Window,
    Refusal,
};

/// Rates and factors of the four reserves, as read at some ledger.
#[derive(Clone)]
pub struct Rates([Leg; ASSETS]);

/// Shares of a user at the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    pub b_tokens: [i128; ASSETS],
    pub d_tokens: [i128; ASSETS],
}

impl Rates {
    /// Reads them with interest accrued until now.
    pub fn read(world: &World<'_>) -> Self {
        let pool = &world.stage.system.market.pool;
        Self(world.stage.tokens.each_ref().map(|token| {
            let reserve = pool.reserve(token.address());
            Leg {
                price: 0,
                asset_scalar: ONE,
                collateral_factor_e7: reserve.config.c_factor.into(),
                liability_factor_e7: reserve.config.l_factor.into(),
                b_rate_e12: reserve.data.b_rate,
                d_rate_e12: reserve.data.d_rate,
                b_tokens: 0,
                d_tokens: 0,
            }
        }))
    }

    /// A position with these shares at these prices.
    pub fn position(&self, shares: &Shares, usd: PerAsset) -> Position {
        let mut legs = ArrayVec::new();
        for (asset, leg) in self.0.iter().enumerate() {
            legs.push(Leg {
                price: price_units(usd[asset]),
                b_tokens: shares.b_tokens[asset],
                d_tokens: shares.d_tokens[asset],
                ..*leg
            });
        }
        Position {
            legs,
            price_scalar: USD,
        }
    }

    /// Collateral less debt at these prices, US dollars; not less than nothing, since the owner
    /// walks away from more debt than collateral.
    pub fn equity_usd(&self, shares: &Shares, usd: PerAsset) -> f64 {
        let mut sum = 0.0;
        for (asset, leg) in self.0.iter().enumerate() {
            let of = |shares: i128, rate: i128| shares as f64 * rate as f64 / 1e12 / ONE as f64;
            sum += of(shares.b_tokens[asset], leg.b_rate_e12) * usd[asset];
            sum -= of(shares.d_tokens[asset], leg.d_rate_e12) * usd[asset];
        }
        sum.max(0.0)
    }
}

/// Shares of the target.
pub fn shares(world: &World<'_>, target: Target) -> Shares {
    let positions = world.stage.system.market.pool.positions(world.user(target));
    let mut shares = Shares {
        b_tokens: [0; ASSETS],
        d_tokens: [0; ASSETS],
    };
    for asset in 0..ASSETS {
        shares.b_tokens[asset] = positions.collateral.get(asset as u32).unwrap_or(0);
        shares.d_tokens[asset] = positions.liabilities.get(asset as u32).unwrap_or(0);
    }
    shares
}

/// The target's open auction, parallel to the four assets.
pub fn auction(world: &World<'_>, target: Target) -> Option<Auction> {
    let data = world.stage.system.market.pool.auction(world.user(target))?;
    let legs = world.stage.tokens.iter().map(|token| AuctionLeg {
        lot_b_tokens: data.lot.get(token.address().clone()).unwrap_or(0),
        bid_d_tokens: data.bid.get(token.address().clone()).unwrap_or(0),
    });
    Some(Auction {
        start_ledger: data.block,
        legs: legs.collect(),
    })
}

/// The vault as its own check sees it.
pub struct Book {
    pub position: Position,
    pub auction: Option<Auction>,
    pub ledger: u32,
    /// Whether the feed serves prices; if not, the position is valued at those before the scenario.
    served: bool,
    rescue: Option<Result<RescueTerms, Refusal>>,
    sources: [SourcePrices; ASSETS],
    window: Window,
}

impl Book {
    /// Reads it.
    pub fn read(world: &World<'_>, rates: &Rates) -> Self {
        let latest = world.latest_usd();
        let usd = latest.unwrap_or(BASE_USD);
        let position = rates.position(&shares(world, Target::Vault), usd);
        let auction = auction(world, Target::Vault);
        let ledger = world.chain().sequence();
        let mut sources = [SourcePrices::default(); ASSETS];
        let all = world.sources();
        for (asset, source) in sources.iter_mut().enumerate() {
            let of = |kind: Kind| {
                let found = all.iter().find(|source| source.kind == kind)?;
                Some(price_units(found.usd[asset]))
            };
            source.previous = of(Kind::Previous);
            source.second = of(Kind::Second);
        }
        let rescue = auction
            .as_ref()
            .map(|auction| rescue_terms(world.policy, &position, auction, ledger));
        let stored = world.stage.vault.state().window;
        Self {
            position,
            auction,
            ledger,
            served: latest.is_some(),
            rescue,
            sources,
            window: Window {
                start_ledger: stored.start_ledger,
                budget_value: stored.budget_value,
                sold_value: stored.sold_value,
            },
        }
    }

    /// The largest step of one pair that the core's check grants now.
    pub fn plan(
        &self,
        world: &World<'_>,
        path: ballast_core::check::Path,
        (collateral, debt): (usize, usize),
    ) -> Result<Plan, Refusal> {
        if !self.served {
            return Err(Refusal::InvalidPrice);
        }
        let rescue = match self.rescue {
            None => None,
            Some(terms) => Some(terms?),
        };
        let totals = self.position.totals()?;
        ballast_core::check::require_at_risk(world.policy, &totals)?;
        ballast_core::check::require_clock(rescue.is_some(), totals.risk_ratio_e7_ceil())?;
        let legs = &self.position.legs;
        let floor = floor_ratio(
            (&legs[collateral], &self.sources[collateral]),
            (&legs[debt], &self.sources[debt]),
            i128::from(world.policy.max_price_deviation_e7),
            rescue.is_some(),
        )?;
        let window = self.window.at(self.ledger, world.policy, &totals)?;
        let outlook = Outlook {
            policy: world.policy,
            position: &self.position,
            sources: &self.sources,
            budget_left_value: window.left_value(),
            min_collateral: 0,
            rescue,
        };
        ballast_core::plan::plan_pair(&outlook, &totals, path, (collateral, debt), floor)
    }

    /// The book after a step of this plan's pair that sold and repaid so much.
    pub fn after(
        &self,
        world: &World<'_>,
        proposal: &ballast_core::check::Proposal,
    ) -> Result<Self, Refusal> {
        let projected = ballast_core::check::project(&self.position, proposal)?;
        let sold_value = self.position.legs[proposal.collateral].value_ceil(proposal.sell)?;
        let window = self
            .window
            .at(self.ledger, world.policy, &self.position.totals()?)?;
        Ok(Self {
            position: projected.after,
            auction: None,
            ledger: self.ledger,
            served: self.served,
            rescue: None,
            sources: self.sources,
            window: window.after_sale(sold_value),
        })
    }
}
