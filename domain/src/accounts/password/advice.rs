//! Advice on a password, with codes by which apps word it in the language of their users.

use async_graphql::Enum;
use zxcvbn::feedback::{Feedback, Suggestion, Warning};

/// What makes a password weak, or would make it stronger: the code of an advice. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum PasswordAdviceCode {
    /// Straight rows of keys are easy to guess.
    RowOfKeys,
    /// Short patterns of keys are easy to guess.
    PatternOfKeys,
    /// Repeats such as `aaa` are easy to guess.
    RepeatedCharacter,
    /// Repeats such as `abcabcabc` are only slightly harder to guess than `abc`.
    RepeatedPart,
    /// It is one of the ten most common passwords.
    TopTen,
    /// It is one of the hundred most common passwords.
    TopHundred,
    /// It is a very common password.
    Common,
    /// It is similar to a common password.
    SimilarToCommon,
    /// Sequences such as `abc` or `6543` are easy to guess.
    Sequence,
    /// Recent years are easy to guess.
    RecentYear,
    /// A word by itself is easy to guess.
    SingleWord,
    /// Dates are often easy to guess.
    Date,
    /// Names by themselves are easy to guess.
    NameAlone,
    /// Common names are easy to guess.
    CommonName,
    /// A few words are good, common phrases are not.
    UseSeveralWords,
    /// There is no need for symbols, digits or capital letters.
    SymbolsNotNeeded,
    /// Another word or two would help; uncommon words are better.
    AddWords,
    /// Capital letters do not help much.
    CapitalsHelpLittle,
    /// All in capital letters is almost as easy to guess as all in small ones.
    AllCapitalsHelpLittle,
    /// Reversed words are not much harder to guess.
    ReversalHelpsLittle,
    /// Predictable substitutions, such as `@` instead of `a`, do not help much.
    SubstitutionHelpsLittle,
    /// A longer pattern of keys, with more turns, would help.
    UseLongerPattern,
    /// Repeated words and characters should be avoided.
    AvoidRepeats,
    /// Sequences should be avoided.
    AvoidSequences,
    /// Recent years should be avoided.
    AvoidRecentYears,
    /// Years that have to do with the person should be avoided.
    AvoidOwnYears,
    /// Dates and years that have to do with the person should be avoided.
    AvoidOwnDates,
}

/// What makes a password weak, or would make it stronger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Its code.
    pub code: PasswordAdviceCode,
    /// A sentence in English, for developers.
    pub message: String,
}

/// The advice of an estimate: what is wrong first.
pub(super) fn of(feedback: &Feedback) -> Vec<Advice> {
    let warning = feedback
        .warning()
        .map(|warning| Advice { code: weakness(warning), message: warning.to_string() });
    let suggestions = feedback.suggestions().iter();
    let suggestions = suggestions
        .map(|&suggestion| Advice { code: remedy(suggestion), message: suggestion.to_string() });
    warning.into_iter().chain(suggestions).collect()
}

const fn weakness(warning: Warning) -> PasswordAdviceCode {
    use PasswordAdviceCode as Code;
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess => Code::RowOfKeys,
        Warning::ShortKeyboardPatternsAreEasyToGuess => Code::PatternOfKeys,
        Warning::RepeatsLikeAaaAreEasyToGuess => Code::RepeatedCharacter,
        Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => Code::RepeatedPart,
        Warning::ThisIsATop10Password => Code::TopTen,
        Warning::ThisIsATop100Password => Code::TopHundred,
        Warning::ThisIsACommonPassword => Code::Common,
        Warning::ThisIsSimilarToACommonlyUsedPassword => Code::SimilarToCommon,
        Warning::SequencesLikeAbcAreEasyToGuess => Code::Sequence,
        Warning::RecentYearsAreEasyToGuess => Code::RecentYear,
        Warning::AWordByItselfIsEasyToGuess => Code::SingleWord,
        Warning::DatesAreOftenEasyToGuess => Code::Date,
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess => Code::NameAlone,
        Warning::CommonNamesAndSurnamesAreEasyToGuess => Code::CommonName,
    }
}

const fn remedy(suggestion: Suggestion) -> PasswordAdviceCode {
    use PasswordAdviceCode as Code;
    match suggestion {
        Suggestion::UseAFewWordsAvoidCommonPhrases => Code::UseSeveralWords,
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => Code::SymbolsNotNeeded,
        Suggestion::AddAnotherWordOrTwo => Code::AddWords,
        Suggestion::CapitalizationDoesntHelpVeryMuch => Code::CapitalsHelpLittle,
        Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => Code::AllCapitalsHelpLittle,
        Suggestion::ReversedWordsArentMuchHarderToGuess => Code::ReversalHelpsLittle,
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => Code::SubstitutionHelpsLittle,
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => Code::UseLongerPattern,
        Suggestion::AvoidRepeatedWordsAndCharacters => Code::AvoidRepeats,
        Suggestion::AvoidSequences => Code::AvoidSequences,
        Suggestion::AvoidRecentYears => Code::AvoidRecentYears,
        Suggestion::AvoidYearsThatAreAssociatedWithYou => Code::AvoidOwnYears,
        Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => Code::AvoidOwnDates,
    }
}
