//! One measure and how it is judged.

use serde::Serialize;

/// What a figure must and should reach.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Bound {
    /// Whether more or less is better.
    pub better: Better,
    /// Must be reached.
    pub must: f64,
    /// Should be reached.
    pub aim: f64,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// More is better.
    More,
    /// Less is better.
    Less,
}

/// How a figure stands to its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The aim is reached.
    Aim,
    /// What must be reached is.
    Met,
    /// It is not.
    Missed,
    /// For information only.
    Noted,
}

/// What the machine can do at best.
#[derive(Debug, Clone, Serialize)]
pub struct Yardstick {
    /// Its name.
    pub name: &'static str,
    /// Its value, in the unit of the row.
    pub value: f64,
}

/// One line of the table.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// What was measured.
    pub measure: String,
    /// The figure.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// What it is compared with.
    pub yardstick: Option<Yardstick>,
    /// The figure in terms of the yardstick.
    pub ratio: Option<f64>,
    /// What must and should be reached: by the ratio when there is one, else by the figure.
    #[serde(flatten)]
    pub bound: Option<Bound>,
    /// How it stands.
    pub verdict: Verdict,
}

impl Bound {
    /// More is better.
    pub fn at_least(must: f64, aim: f64) -> Self {
        Self { better: Better::More, must, aim }
    }

    /// Less is better.
    pub fn at_most(must: f64, aim: f64) -> Self {
        Self { better: Better::Less, must, aim }
    }

    fn judge(&self, figure: f64) -> Verdict {
        let reaches = |bound: f64| match self.better {
            Better::More => figure >= bound,
            Better::Less => figure <= bound,
        };
        match (reaches(self.must), reaches(self.aim)) {
            (true, true) => Verdict::Aim,
            (true, false) => Verdict::Met,
            (false, _) => Verdict::Missed,
        }
    }

    fn sign(&self) -> &'static str {
        if self.better == Better::More { "≥" } else { "≤" }
    }
}

impl Row {
    /// A figure judged by its ratio to a yardstick.
    pub fn ratio(
        measure: &str,
        value: f64,
        unit: &'static str,
        (name, base): (&'static str, f64),
        bound: Bound,
    ) -> Self {
        let ratio = value / base;
        Self {
            measure: measure.to_owned(),
            value,
            unit,
            yardstick: Some(Yardstick { name, value: base }),
            ratio: Some(ratio),
            bound: Some(bound),
            verdict: bound.judge(ratio),
        }
    }

    /// A figure judged by itself.
    pub fn absolute(measure: &str, value: f64, unit: &'static str, bound: Bound) -> Self {
        let verdict = bound.judge(value);
        Self { bound: Some(bound), verdict, ..Self::noted(measure, value, unit) }
    }

    /// A figure in terms of a yardstick, for information.
    pub fn compared(
        measure: &str,
        value: f64,
        unit: &'static str,
        (name, base): (&'static str, f64),
    ) -> Self {
        let yardstick = Some(Yardstick { name, value: base });
        Self { yardstick, ratio: Some(value / base), ..Self::noted(measure, value, unit) }
    }

    /// A figure for information.
    pub fn noted(measure: &str, value: f64, unit: &'static str) -> Self {
        Self {
            measure: measure.to_owned(),
            value,
            unit,
            yardstick: None,
            ratio: None,
            bound: None,
            verdict: Verdict::Noted,
        }
    }

    pub(super) fn cells(&self) -> [String; 7] {
        let bound = |pick: fn(&Bound) -> f64| {
            self.bound.map_or_else(String::new, |bound| format!("{} {}", bound.sign(), pick(&bound)))
        };
        [
            self.measure.clone(),
            format!("{} {}", figure(self.value), self.unit),
            self.yardstick.as_ref().map_or_else(String::new, |y| format!("{} {}", y.name, figure(y.value))),
            self.ratio.map_or_else(String::new, |ratio| format!("{ratio:.3}")),
            bound(|bound| bound.must),
            bound(|bound| bound.aim),
            match self.verdict {
                Verdict::Aim => "aim",
                Verdict::Met => "met",
                Verdict::Missed => "MISSED",
                Verdict::Noted => "",
            }
            .to_owned(),
        ]
    }
}

pub(super) fn heading() -> [String; 7] {
    ["measure", "value", "yardstick", "ratio", "must", "aim", "verdict"].map(str::to_owned)
}

fn figure(value: f64) -> String {
    if value >= 1000.0 { format!("{value:.0}") } else { format!("{value:.3}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_judged_in_its_direction() {
        let more = Bound::at_least(0.3, 0.5);
        assert_eq!([0.5, 0.3, 0.2].map(|f| more.judge(f)), [Verdict::Aim, Verdict::Met, Verdict::Missed]);
        let less = Bound::at_most(10.0, 4.0);
        assert_eq!([4.0, 10.0, 11.0].map(|f| less.judge(f)), [Verdict::Aim, Verdict::Met, Verdict::Missed]);
        assert_eq!(more.judge(f64::NAN), Verdict::Missed);
    }
}
