//! Distinct keys have distinct texts: checked by reading every text back.

use cart_core::{CartKey, Instance, InvalidKey, Owner, Randomness, Tenant};
use cart_testkit::SeededRandomness;

use crate::arguments::Arguments;
use crate::proof::{Figures, Proven, Refuted, ensure};

/// What separates, escapes, matches or vanishes somewhere (check G1).
const ALPHABET: [&str; 18] = [
    ":", "{", "}", "*", "?", "[", "]", "\\", ".", "%", "/", "\0", "'", "\"", " ", "a", "A", "é",
];

/// The full run reads back this many pairs of parts and as many triples, drawn at random.
const SAMPLES: u64 = 10_000_000;

pub(super) fn prove(arguments: &Arguments, figures: &mut Figures) -> Proven {
    let texts = texts();
    figures.set("texts", texts.len());
    alone(&texts)?;
    let pairs = pairs(&texts, arguments)?;
    figures.set("pairs of parts", pairs);
    let samples = arguments.scale.of(SAMPLES);
    let met = triples(&texts, samples)?;
    figures.set("random pairs of keys", samples);
    figures.set("of them equal", met);
    Ok(())
}

/// All texts of one, two and three characters.
fn texts() -> Vec<String> {
    let mut texts = vec![String::new()];
    let mut longest = 0;
    for _ in 0..3 {
        let next: Vec<String> = texts[longest..]
            .iter()
            .flat_map(|text| {
                ALPHABET
                    .iter()
                    .map(move |character| format!("{text}{character}"))
            })
            .collect();
        longest = texts.len();
        texts.extend(next);
    }
    texts.remove(0);
    texts
}

fn key(tenant: &str, identifier: &str, instance: &str) -> Result<CartKey, InvalidKey> {
    let owner = Owner::user(identifier)?.in_tenant(Tenant::new(tenant)?);
    Ok(CartKey::new(owner, Instance::new(instance)?))
}

/// Two keys with one text can't both be read back, so this refutes every collision.
fn read_back(key: &CartKey, text: &str) -> Proven {
    let decoded = CartKey::decode(text)?;
    ensure(decoded == *key, || {
        format!("{text:?} is read back as another key")
    })
}

/// Every text in every part, the other parts plain.
fn alone(texts: &[String]) -> Proven {
    for text in texts {
        for key in [
            key(text, "a", "a")?,
            key("", text, "a")?,
            key("", "a", text)?,
        ] {
            read_back(&key, &key.encode())?;
        }
    }
    Ok(())
}

/// Every pair of texts in neighbouring parts; at a smaller scale every pair of some of them.
fn pairs(texts: &[String], arguments: &Arguments) -> Result<u64, Refuted> {
    let all = texts.len() as u64;
    // Twice the share of the texts makes four times the pairs.
    let step = all / arguments.scale.of(all).min(all);
    let some: Vec<&String> = texts
        .iter()
        .step_by(usize::try_from(step)?.max(1))
        .collect();
    let mut pairs = 0;
    for first in &some {
        for second in &some {
            for key in [key(first, second, "a")?, key("", first, second)?] {
                read_back(&key, &key.encode())?;
                pairs += 1;
            }
        }
    }
    Ok(pairs)
}

/// Random pairs of whole keys: equal texts exactly where the keys are equal. Gives how often they
/// were.
fn triples(texts: &[String], samples: u64) -> Result<u64, Refuted> {
    let randomness = SeededRandomness::new(1);
    // Often short, or equal keys would never be drawn.
    let text = || {
        let limit = if randomness.next().is_multiple_of(2) {
            3
        } else {
            texts.len()
        };
        &texts[randomness.below(limit)]
    };
    let draw = || key(text(), text(), text());
    let mut equal = 0;
    for _ in 0..samples {
        let (one, other) = (draw()?, draw()?);
        let (text, other_text) = (one.encode(), other.encode());
        ensure((one == other) == (text == other_text), || {
            format!("two keys meet in {text:?}")
        })?;
        read_back(&one, &text)?;
        equal += u64::from(one == other);
    }
    Ok(equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_all_those_up_to_three_characters() {
        let texts = texts();
        let distinct: std::collections::HashSet<&String> = texts.iter().collect();
        assert_eq!(distinct.len(), 18 + 18 * 18 + 18 * 18 * 18);
        assert_eq!(texts.len(), distinct.len());
    }
}
