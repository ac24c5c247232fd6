//! The words for children's passwords: short, of plain letters, and suitable for children.

use bip39::Language;

/// Words of the lists that are unsuitable for a child's card, in alphabetical order.
#[rustfmt::skip]
const UNFIT: &[&str] = &[
    "abismo", "abisso", "aborto", "abuse", "abusif", "abuso", "abutre", "acoso", "addict", "adicto",
    "agotar", "ahogo", "anger", "angry", "arma", "armed", "armor", "asalto", "assaut", "ataque",
    "ateo", "ateu", "atroce", "atroz", "attack", "awful", "azote", "battle", "bazuka", "beber",
    "beffa", "belva", "beso", "bestia", "bestie", "betray", "birra", "bitter", "blame", "blast",
    "bleak", "blind", "blood", "blud", "bobard", "bobo", "bolest", "bomb", "bomba", "brko", "bruja",
    "brutal", "bruto", "bruxo", "bullet", "burla", "caduco", "cannon", "casino", "celda", "celoso",
    "cerdo", "chaos", "ciego", "cigana", "cigar", "cigare", "clown", "cobaia", "combat", "crash",
    "crazy", "crime", "crimen", "crise", "crisi", "crisis", "cruel", "crush", "cry", "cueca",
    "culpa", "culpar", "damage", "danger", "delito", "demise", "deuda", "diable", "diablo", "dirt",
    "dolor", "dosage", "doseur", "dosis", "droga", "duda", "duelar", "duelo", "dumb", "dwarf",
    "ebrio", "emesso", "enano", "ennemi", "erreur", "etanol", "ethnie", "etnia", "etnico", "evil",
    "exile", "exiler", "exilio", "expose", "fat", "fatal", "fault", "febbre", "feo", "feroz",
    "fetal", "feudo", "fever", "fifa", "fobia", "fobico", "foice", "folie", "fossa", "fraude",
    "fumar", "fumoso", "funil", "fureur", "furia", "furore", "fury", "fusil", "ghost", "gloom",
    "gobba", "golpe", "gordo", "grief", "gripe", "grito", "gruger", "guaio", "guerra", "guilt",
    "gun", "gusano", "hembra", "herir", "horror", "hostil", "huir", "hungry", "hurt", "hurto",
    "ilegal", "ill", "incubo", "infiel", "injury", "inmate", "insane", "ira", "judeu", "juerga",
    "junk", "kidney", "kiss", "knife", "krach", "krize", "kulka", "lacio", "lacra", "larme",
    "letal", "liar", "libido", "licor", "llaga", "llanto", "loco", "locura", "lonely", "lotr",
    "lump", "luto", "lutto", "mad", "mafia", "mago", "maldad", "malo", "maluco", "mamilo", "manco",
    "matar", "mdloba", "mental", "mercy", "miedo", "misery", "misil", "momia", "morir", "mortal",
    "mostro", "mrzet", "muerte", "mugre", "mulat", "mulata", "mummia", "naive", "nasty", "necio",
    "netvor", "nocif", "nocivo", "nouze", "nuda", "nudez", "obeso", "odiar", "odio", "ofensa",
    "orfano", "orgie", "orphan", "ossa", "ossada", "otite", "otrok", "panic", "panika", "pecado",
    "peklo", "pelea", "pena", "peor", "pereza", "perte", "phobie", "pig", "pill", "piojo", "pirata",
    "pistol", "pivete", "plebeu", "pobre", "police", "pomsta", "prison", "pudica", "pulga",
    "punhal", "punir", "pupa", "queja", "rabia", "raiva", "rapaz", "rapina", "rapto", "rebel",
    "reject", "rencor", "rifle", "riot", "rude", "rugoso", "ruina", "ruiner", "sad", "sangre",
    "sangue", "secta", "sekera", "sekta", "sexo", "sick", "siege", "skull", "smrad", "smrk",
    "smrtka", "smutek", "soldat", "sombre", "sordo", "spoil", "sranda", "strach", "sucata", "sudor",
    "sudore", "suor", "svrab", "sword", "tabac", "tabaco", "tattoo", "terror", "tetro", "toilet",
    "tonto", "torto", "toxina", "toxine", "tragic", "trago", "trahir", "trash", "trauma", "trest",
    "triste", "tuerto", "tumba", "tumor", "ugly", "unfair", "vadiar", "veado", "vedova", "vejez",
    "veneno", "vengar", "venger", "vexant", "vexer", "vicio", "vilain", "vile", "vino", "vipera",
    "virgo", "virus", "viudo", "vrah", "vulgar", "vztek", "weapon", "weird", "whip", "wine",
    "worry", "wreck", "wrong", "zloba", "zlost", "zmar", "zrada", "zranit",
];

/// The words for passwords in the first of these languages (ISO 639-1) that has a list, otherwise
/// in English: 3 to 6 letters from a to z.
pub fn of(languages: &[String]) -> Vec<&'static str> {
    let list = languages.iter().find_map(|code| list(code)).unwrap_or(Language::English);
    let fits =
        |word: &&str| (3..=6).contains(&word.len()) && word.is_ascii() && !UNFIT.contains(word);
    list.word_list().iter().copied().filter(fits).collect()
}

/// The word list of a language, if there is one.
fn list(code: &str) -> Option<Language> {
    Some(match code {
        "cs" => Language::Czech,
        "en" => Language::English,
        "es" => Language::Spanish,
        "fr" => Language::French,
        "it" => Language::Italian,
        "pt" => Language::Portuguese,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_words_enough_and_none_that_is_unfit() {
        for code in ["cs", "en", "es", "fr", "it", "pt", "xx"] {
            let words = of(&[code.to_owned()]);
            // Two words and a two-digit number: at least 24 bits, before limits on attempts.
            assert!(words.len() > 400, "{code}: {}", words.len());
            assert!(words.iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase())));
            assert!(!["gun", "sexo", "smrt"].iter().any(|unfit| words.contains(unfit)));
        }
    }
}
