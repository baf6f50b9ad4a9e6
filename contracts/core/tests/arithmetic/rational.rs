//! Exact fractions of big integers: the oracle of the property tests.

use std::cmp::Ordering;
use std::ops::{Add, Mul, Sub};

use num_bigint::BigInt;

/// A fraction with a positive denominator, never reduced.
#[derive(Clone, Debug)]
pub struct Rational {
    pub numerator: BigInt,
    pub denominator: BigInt,
}

/// `numerator / denominator`; the denominator is positive.
pub fn ratio(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> Rational {
    Rational {
        numerator: numerator.into(),
        denominator: denominator.into(),
    }
}

/// A whole number.
pub fn whole(value: impl Into<BigInt>) -> Rational {
    ratio(value, 1)
}

impl Rational {
    pub fn min(self, other: Rational) -> Rational {
        if self <= other {
            self
        } else {
            other
        }
    }

    pub fn max(self, other: Rational) -> Rational {
        if self >= other {
            self
        } else {
            other
        }
    }

    pub fn divided_by(self, other: Rational) -> Rational {
        assert!(other.numerator > BigInt::from(0), "divides by zero");
        ratio(
            self.numerator * other.denominator,
            self.denominator * other.numerator,
        )
    }
}

impl Add for Rational {
    type Output = Rational;
    fn add(self, other: Rational) -> Rational {
        ratio(
            self.numerator * &other.denominator + other.numerator * &self.denominator,
            self.denominator * other.denominator,
        )
    }
}

impl Sub for Rational {
    type Output = Rational;
    fn sub(self, other: Rational) -> Rational {
        ratio(
            self.numerator * &other.denominator - other.numerator * &self.denominator,
            self.denominator * other.denominator,
        )
    }
}

impl Mul for Rational {
    type Output = Rational;
    fn mul(self, other: Rational) -> Rational {
        ratio(
            self.numerator * other.numerator,
            self.denominator * other.denominator,
        )
    }
}

impl PartialEq for Rational {
    fn eq(&self, other: &Rational) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Rational {}

impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Rational) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rational {
    fn cmp(&self, other: &Rational) -> Ordering {
        (&self.numerator * &other.denominator).cmp(&(&other.numerator * &self.denominator))
    }
}
