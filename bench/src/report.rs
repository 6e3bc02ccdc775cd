//! What a run found, as tables or as JSON. Medians of rounds; ratios are medians of the ratios of each round.

use std::fmt::{self, Display, Formatter};

use anyhow::Result;
use serde::Serialize;

use crate::contender::Kind;
use crate::load::Outcome;
use crate::scenario::{Bound, Scenario};
use crate::upkeep::Figure;

#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub scenarios: Vec<Measured>,
    pub figures: Vec<Figure>,
}

#[derive(Debug, Serialize)]
pub struct Measured {
    scenario: Scenario,
    contenders: Vec<Line>,
    ratios: Vec<Ratio>,
}

/// One contender of a scenario.
#[derive(Debug, Serialize)]
struct Line {
    contender: Kind,
    resident_bytes: u64,
    #[serde(flatten)]
    median: Outcome,
    rounds: Vec<Outcome>,
}

/// One contender over another.
#[derive(Debug, Serialize)]
struct Ratio {
    contender: Kind,
    against: Kind,
    throughput: f64,
    p99: f64,
    cpu: f64,
    /// Microseconds a request more.
    cpu_over_us: f64,
    /// What must be reached, where something must.
    bounds: &'static [Bound],
}

impl Report {
    pub fn print(&self, json: bool) -> Result<()> {
        if json {
            println!("{}", serde_json::to_string_pretty(self)?);
        } else {
            self.scenarios.iter().for_each(|measured| println!("{measured}"));
            self.figures.iter().for_each(|figure| println!("{figure}"));
        }
        Ok(())
    }

    pub fn reached(&self) -> bool {
        self.scenarios.iter().flat_map(|measured| &measured.ratios).all(Ratio::reached)
            && self.figures.iter().all(Figure::reached)
    }
}

impl Measured {
    pub fn new(scenario: Scenario) -> Measured {
        Measured { scenario, contenders: Vec::new(), ratios: Vec::new() }
    }

    /// Adds a contender and its ratios to those added before it.
    pub fn add(&mut self, contender: Kind, resident_bytes: u64, rounds: Vec<Outcome>) {
        let ratios: Vec<Ratio> =
            self.contenders
                .iter()
                .map(|first| {
                    let target =
                        self.scenario.targets().iter().find(|target| {
                            (target.contender, target.against) == (first.contender, contender)
                        });
                    Ratio {
                        contender: first.contender,
                        against: contender,
                        throughput: median_ratio(&first.rounds, &rounds, |outcome| outcome.requests_per_s),
                        p99: median_ratio(&first.rounds, &rounds, |outcome| outcome.p99_ms),
                        cpu: median_ratio(&first.rounds, &rounds, Outcome::cpu_us),
                        cpu_over_us: median_of_pairs(&first.rounds, &rounds, |first, second| {
                            first.cpu_us() - second.cpu_us()
                        }),
                        bounds: target.map_or(&[], |target| target.bounds),
                    }
                })
                .collect();
        self.ratios.extend(ratios);
        self.contenders.push(Line { contender, resident_bytes, median: median_outcome(&rounds), rounds });
    }
}

impl Ratio {
    fn reached(&self) -> bool {
        self.bounds.iter().all(|bound| self.holds(*bound))
    }

    fn holds(&self, bound: Bound) -> bool {
        match bound {
            Bound::ThroughputMin(min) => self.throughput >= min,
            Bound::P99Max(max) => self.p99 <= max,
            Bound::CpuMax(max) => self.cpu <= max,
            Bound::CpuOverMax(max) => self.cpu_over_us <= max,
        }
    }
}

impl Figure {
    fn median(&self) -> f64 {
        median(self.rounds.clone())
    }

    fn reached(&self) -> bool {
        self.median() <= self.max
    }
}

fn median_outcome(rounds: &[Outcome]) -> Outcome {
    let median_of = |field: fn(&Outcome) -> f64| median(rounds.iter().map(field).collect());
    Outcome {
        requests_per_s: median_of(|outcome| outcome.requests_per_s),
        p50_ms: median_of(|outcome| outcome.p50_ms),
        p99_ms: median_of(|outcome| outcome.p99_ms),
        server_us_per_request: median_of(|outcome| outcome.server_us_per_request),
        postgres_us_per_request: median_of(|outcome| outcome.postgres_us_per_request),
        generator_percent: median_of(|outcome| outcome.generator_percent),
    }
}

fn median_ratio(first: &[Outcome], second: &[Outcome], field: fn(&Outcome) -> f64) -> f64 {
    median_of_pairs(first, second, |first, second| field(first) / field(second))
}

fn median_of_pairs(first: &[Outcome], second: &[Outcome], of: impl Fn(&Outcome, &Outcome) -> f64) -> f64 {
    median(first.iter().zip(second).map(|(first, second)| of(first, second)).collect())
}

/// The middle value, or the mean of the two in the middle; 0 of nothing.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        length if length % 2 == 0 => f64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    }
}

impl Display for Measured {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.scenario.title())?;
        writeln!(
            f,
            "  {:<10}{:>9}{:>9}{:>9}{:>13}{:>15}{:>12}{:>13}",
            "", "req/s", "p50 ms", "p99 ms", "server µs", "postgres µs", "memory MB", "generator %"
        )?;
        for Line { contender, resident_bytes, median, .. } in &self.contenders {
            writeln!(
                f,
                "  {:<10}{:>9.0}{:>9.2}{:>9.2}{:>13.1}{:>15.1}{:>12.1}{:>13.0}",
                contender.name(),
                median.requests_per_s,
                median.p50_ms,
                median.p99_ms,
                median.server_us_per_request,
                median.postgres_us_per_request,
                *resident_bytes as f64 / 1e6,
                median.generator_percent
            )?;
        }
        self.ratios.iter().try_for_each(|ratio| writeln!(f, "  {ratio}"))
    }
}

impl Display for Ratio {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Ratio { contender, against, throughput, p99, cpu, .. } = self;
        write!(
            f,
            "{} / {}: throughput {throughput:.2}, p99 {p99:.2}, CPU {cpu:.2}",
            contender.name(),
            against.name()
        )?;
        for bound in self.bounds {
            let verdict = verdict(self.holds(*bound));
            match bound {
                Bound::ThroughputMin(min) => write!(f, "; throughput at least {min}: {verdict}")?,
                Bound::P99Max(max) => write!(f, "; p99 at most {max}: {verdict}")?,
                Bound::CpuMax(max) => write!(f, "; CPU at most {max}: {verdict}")?,
                Bound::CpuOverMax(max) => {
                    write!(f, "; {:.1} µs of CPU more, at most {max}: {verdict}", self.cpu_over_us)?;
                }
            }
        }
        Ok(())
    }
}

impl Display for Figure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Figure { what, unit, max, .. } = self;
        write!(f, "{what}: {:.1} {unit} (at most {max}: {})", self.median(), verdict(self.reached()))
    }
}

fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "MISSED" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(requests_per_s: f64, p99_ms: f64) -> Outcome {
        Outcome {
            requests_per_s,
            p50_ms: 1.0,
            p99_ms,
            server_us_per_request: 50.0,
            postgres_us_per_request: 50.0,
            generator_percent: 20.0,
        }
    }

    #[test]
    fn a_ratio_is_the_median_of_the_rounds_ratios() {
        let mut measured = Measured::new(Scenario::ByKey);
        // A noisy second round slows both alike and changes no ratio.
        measured.add(Kind::Santokit, 0, vec![outcome(150.0, 1.0), outcome(15.0, 10.0), outcome(140.0, 1.0)]);
        measured.add(Kind::Pooled, 0, vec![outcome(100.0, 2.0), outcome(10.0, 20.0), outcome(100.0, 2.0)]);
        let ratio = &measured.ratios[0];
        assert_eq!((ratio.throughput, ratio.p99), (1.5, 0.5));
        assert!(Report { scenarios: vec![measured], figures: Vec::new() }.reached());
    }

    #[test]
    fn a_missed_target_is_said_and_counts() {
        let mut measured = Measured::new(Scenario::CacheHit);
        measured.add(Kind::Santokit, 0, vec![outcome(80.0, 1.6)]);
        measured.add(Kind::Fixed, 0, vec![outcome(100.0, 1.0)]);
        assert!(
            measured
                .to_string()
                .contains("p99 1.60, CPU 1.00; throughput at least 0.85: MISSED; p99 at most 1.5: MISSED")
        );
        assert!(!Report { scenarios: vec![measured], figures: Vec::new() }.reached());
    }
}
