//! Linked videos: the URL of the player, for URLs of supported hosts (T-03).

use url::Url;

/// The URL of the player, for use in a page; `None` for anything but a video on a supported host.
/// `peertube` lists the PeerTube servers that may be linked.
pub fn player(address: &str, peertube: &[String]) -> Option<String> {
    let url = read(address.trim())?;
    let plain = url.port().is_none() && url.username().is_empty() && url.password().is_none();
    let host = url.host_str().filter(|_| plain)?;
    let path: Vec<&str> = url.path_segments()?.filter(|step| !step.is_empty()).collect();
    let asked = |name: &str| {
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    match host.strip_prefix("www.").unwrap_or(host) {
        "youtube.com" | "m.youtube.com" | "music.youtube.com" | "youtube-nocookie.com" => {
            match path[..] {
                ["watch"] => youtube(&asked("v")?),
                ["embed" | "shorts" | "live" | "v", id] => youtube(id),
                _ => None,
            }
        }
        "youtu.be" => match path[..] {
            [id] => youtube(id),
            _ => None,
        },
        "vimeo.com" => match path[..] {
            [id] => vimeo(id, None),
            [id, hash] => vimeo(id, Some(hash)),
            _ => None,
        },
        "player.vimeo.com" => match path[..] {
            ["video", id] => vimeo(id, asked("h").as_deref()),
            _ => None,
        },
        "dailymotion.com" => match path[..] {
            ["video", id] | ["embed", "video", id] => dailymotion(id),
            _ => None,
        },
        "dai.ly" => match path[..] {
            [id] => dailymotion(id),
            _ => None,
        },
        _ => {
            let known = peertube.iter().any(|known| known.trim().eq_ignore_ascii_case(host));
            match path[..] {
                ["w", id] | ["videos", "watch" | "embed", id] if known => {
                    let id = word(id, 20..=36, "-")?;
                    Some(format!("https://{host}/videos/embed/{id}"))
                }
                _ => None,
            }
        }
    }
}

/// The URL of a page. People copy it without its scheme, as browsers show it.
fn read(address: &str) -> Option<Url> {
    let page = |url: &Url| matches!(url.scheme(), "https" | "http");
    let url = Url::parse(address).ok().filter(page);
    url.or_else(|| {
        let address = address.strip_prefix("//").unwrap_or(address);
        let scheme = address.split(['/', '?', '#']).next().unwrap_or_default();
        let bare = !scheme.ends_with(':');
        bare.then(|| Url::parse(&format!("https://{address}")).ok())?
    })
}

fn youtube(id: &str) -> Option<String> {
    let id = word(id, 11..=11, "-_")?;
    // The player that sets no cookies before the user presses play.
    Some(format!("https://www.youtube-nocookie.com/embed/{id}"))
}

fn vimeo(id: &str, hash: Option<&str>) -> Option<String> {
    let id = word(id, 1..=12, "").filter(|id| id.bytes().all(|b| b.is_ascii_digit()))?;
    Some(match hash {
        Some(hash) => {
            let hash = word(hash, 6..=20, "")?;
            format!("https://player.vimeo.com/video/{id}?h={hash}&dnt=1")
        }
        None => format!("https://player.vimeo.com/video/{id}?dnt=1"),
    })
}

fn dailymotion(id: &str) -> Option<String> {
    let id = word(id, 5..=20, "")?;
    Some(format!("https://www.dailymotion.com/embed/video/{id}"))
}

/// A name of letters, digits and a few other characters, with a known length.
fn word<'a>(text: &'a str, length: std::ops::RangeInclusive<usize>, more: &str) -> Option<&'a str> {
    let fits = length.contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    fits.then_some(text)
}
