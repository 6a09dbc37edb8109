//! Two judges who go about it differently have to agree.

use cart_testkit::history::{Event, check, is_linearizable};

use crate::mutants;
use crate::simulation::{self, Random};

const HISTORIES: u64 = 1_500;

/// Short histories, since coincidences are likelier there; without losses, and with many.
fn history(seed: u64) -> Vec<Event> {
    let mut random = Random(!seed);
    let (operations, loss) = (6 + random.below(37), 10 * random.below(4));
    simulation::history(seed, operations, loss)
}

#[test]
fn valid_histories_are_accepted_by_both_judges() {
    for seed in 0..HISTORIES {
        let history = history(seed);
        assert!(is_linearizable(&history), "seed {seed}");
        if let Err(violation) = check(&history) {
            panic!("seed {seed}: {violation}");
        }
    }
}

#[test]
fn mutants_are_judged_alike_and_each_kind_is_caught() {
    for (name, mutate) in mutants::ALL {
        let mut caught = 0;
        for seed in 0..HISTORIES {
            let mut random = Random(seed ^ 0x5eed);
            let history = history(seed);
            let Some(mutant) = mutate(&mut random, history) else {
                continue;
            };
            let swept = check(&mutant);
            assert_eq!(
                swept.is_ok(),
                is_linearizable(&mutant),
                "{name}, seed {seed}: the sweep says {swept:?} of {mutant:#?}"
            );
            caught += u32::from(swept.is_err());
        }
        assert!(caught > 100, "{name} was caught {caught} times only");
    }
}

#[test]
fn a_long_history_is_judged_alike() {
    for seed in 0..20 {
        let history = simulation::history(seed, 900, 2);
        assert!(is_linearizable(&history), "seed {seed}");
        assert_eq!(check(&history).err(), None, "seed {seed}");
    }
}
