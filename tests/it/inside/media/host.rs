//! The hosts of videos: their addresses, and the players for them.

use twinspace::media::host::player;

#[test]
fn a_video_is_known_by_its_host_and_its_id() {
    let known = ["tube.example.org".to_owned()];
    let youtube = Some("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ".to_owned());
    for address in [
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=10s",
        "http://youtu.be/dQw4w9WgXcQ",
        " https://m.youtube.com/shorts/dQw4w9WgXcQ ",
        "youtu.be/dQw4w9WgXcQ",
        "youtu.be/dQw4w9WgXcQ?si=abc://def",
        "www.youtube.com/watch?v=dQw4w9WgXcQ",
        "//youtube.com/embed/dQw4w9WgXcQ",
        "YouTube.com:443/v/dQw4w9WgXcQ",
    ] {
        assert_eq!(player(address, &known), youtube, "{address}");
    }
    let vimeo = player("https://vimeo.com/123456789/abcdef1234", &known);
    assert_eq!(
        vimeo.as_deref(),
        Some("https://player.vimeo.com/video/123456789?h=abcdef1234&dnt=1")
    );
    let tube = player("https://Tube.example.org/w/mHs8Yk1pKq3aX7VbNc5dRf", &known);
    assert_eq!(
        tube.as_deref(),
        Some("https://tube.example.org/videos/embed/mHs8Yk1pKq3aX7VbNc5dRf")
    );
    for (bare, player_of) in [
        ("vimeo.com/123456789", "https://player.vimeo.com/video/123456789?dnt=1"),
        ("player.vimeo.com/video/1", "https://player.vimeo.com/video/1?dnt=1"),
        ("dailymotion.com/video/x8abcde", "https://www.dailymotion.com/embed/video/x8abcde"),
        ("dai.ly/x8abcde", "https://www.dailymotion.com/embed/video/x8abcde"),
        (
            "tube.example.org/w/mHs8Yk1pKq3aX7VbNc5dRf",
            "https://tube.example.org/videos/embed/mHs8Yk1pKq3aX7VbNc5dRf",
        ),
    ] {
        assert_eq!(player(bare, &known).as_deref(), Some(player_of), "{bare}");
    }
    for address in [
        "evil.example/watch?v=dQw4w9WgXcQ",
        "youtube.com@evil.example/watch?v=dQw4w9WgXcQ",
        "youtube.com:8443/watch?v=dQw4w9WgXcQ",
        "javascript:youtube.com/watch?v=dQw4w9WgXcQ",
        "ftp://youtube.com/watch?v=dQw4w9WgXcQ",
        "https://evil.example/watch?v=dQw4w9WgXcQ",
        "https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
        "https://youtube.com@evil.example/watch?v=dQw4w9WgXcQ",
        "https://user@youtube.com/watch?v=dQw4w9WgXcQ",
        "https://youtube.com:8443/watch?v=dQw4w9WgXcQ",
        "javascript://youtube.com/watch?v=dQw4w9WgXcQ",
        "https://youtube.com/watch?v=%22%3E%3Cscript",
        "https://vimeo.com/album",
        "https://other.example.org/w/mHs8Yk1pKq3aX7VbNc5dRf",
        "youtube",
        "",
    ] {
        assert_eq!(player(address, &known), None, "{address}");
    }
}
