use super::{leg, Market, OpenAuction, Shares};
use ballast_core::{
    auction::{Auction, AuctionLeg, FillTerms},
    health::{Position, MAX_LEGS},
    Refusal,
};
use std::collections::BTreeSet;

impl Market {
    /// What somebody who fills the whole of an auction at this market's ledger receives and takes over, by the
    /// contracts' own arithmetic; [`FillTerms::profit`] is the gain, before fees.
    ///
    /// # Errors
    /// * [`Refusal::InvalidPrice`] - an asset of the auction has no price or no reserve here.
    /// * Those of the arithmetic.
    pub fn fill_terms(&self, auction: &OpenAuction) -> Result<FillTerms, Refusal> {
        let assets: BTreeSet<_> = auction.lot.keys().chain(auction.bid.keys()).collect();
        let assets: Vec<_> = assets.into_iter().collect();
        let mut terms = FillTerms {
            lot_value: 0,
            bid_value: 0,
        };
        // Terms are sums over the assets. A borrower who is no vault may use more of them than core's positions
        // have legs, so they are summed in parts.
        for assets in assets.chunks(MAX_LEGS) {
            let mut position = Position {
                legs: Default::default(),
                price_scalar: self.price_scalar,
            };
            let mut part = Auction {
                start_ledger: auction.start_ledger,
                legs: Default::default(),
            };
            for asset in assets {
                let reserve = self.reserve_of(asset).ok_or(Refusal::InvalidPrice)?;
                let leg = leg(reserve, &Shares::default());
                if leg.price <= 0 {
                    return Err(Refusal::InvalidPrice);
                }
                position.legs.push(leg);
                part.legs.push(AuctionLeg {
                    lot_b_tokens: auction.lot.get(asset).copied().unwrap_or(0),
                    bid_d_tokens: auction.bid.get(asset).copied().unwrap_or(0),
                });
            }
            let part = part.fill_terms(&position, auction.age(self.ledger))?;
            let sum = |a: i128, b: i128| a.checked_add(b).ok_or(Refusal::Overflow);
            terms.lot_value = sum(terms.lot_value, part.lot_value)?;
            terms.bid_value = sum(terms.bid_value, part.bid_value)?;
        }
        Ok(terms)
    }
}

impl OpenAuction {
    /// Ledgers since its first one; zero before it.
    pub fn age(&self, ledger: u32) -> u32 {
        ledger.saturating_sub(self.start_ledger)
    }
}
