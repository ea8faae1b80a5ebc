//! What the program says about itself: help, completions, the API's description.

use super::stage::Stage;
use expect_test::expect;

#[tokio::test]
async fn help_names_every_command() {
    let stage = Stage::new().await;
    let help = stage.run(&["--help"]).await.ok();
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(str::trim)
        .collect();
    expect![[r#"
        serve          Start the server and its page
        ask            Ask a question and print the answer as it comes
        chat           Hold a conversation; it is kept and shown on the page as well
        compare        Ask several models the same, see what sets their answers apart, and vote
        conversations  Conversations: take those of other programs over, write yours as files
        folders        List the folders of conversations
        share          Share a conversation by a link, list links, revoke them
        library        Add documents, search them, ask them
        memory         Search, add to, forget, export and erase what is known of you
        persona        Personas: cards in and out, talks with several, feelings, consistency checks
        models         List the models and routes that can be asked, test them, and see how they are doing
        routes         List routes, make them, and see what would happen to a request
        exchanges      Search the requests that went through the gateway, and look into one
        experiments    Compare models, balancing or settings on real requests, and see which is better
        keys           Make, list, change, rotate and revoke virtual keys for other programs
        budget         Set, list and remove budgets of the installation, the user, projects and keys
        money          Show what was spent and saved, how it will go on, and alerts
        tokens         Count the tokens of a text or a request
        batch          Hand in many requests at once, and fetch their results
        config         Check the configuration
        doctor         Check the data folder, the database, the keys, the index and the providers
        completions    Print a completion script for the shell
        help           Print this message or the help of the given subcommand(s)"#]]
    .assert_eq(&commands.join("\n"));
    for line in commands.iter().filter(|line| !line.starts_with("help ")) {
        let name = line.split_whitespace().next().unwrap();
        let own = stage.run(&[name, "--help"]).await.ok();
        assert!(own.contains("Usage: familiar"), "{name}: {own}");
    }
}

#[tokio::test]
async fn completions_for_every_shell() {
    let stage = Stage::new().await;
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = stage.run(&["completions", shell]).await.ok();
        assert!(script.contains("familiar") && script.contains("library"), "{shell}");
    }
    assert_eq!(stage.run(&["completions", "dos"]).await.code, Some(2));
}

#[tokio::test]
async fn the_api_is_described() {
    let stage = Stage::new().await;
    let document = stage.run(&["openapi"]).await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let paths = document["paths"].as_object().unwrap();
    for path in ["/api/status", "/api/conversations/{id}/turns", "/api/library/documents", "/api/keys"] {
        assert!(paths.contains_key(path), "{path} is missing");
    }
}

#[tokio::test]
async fn wrong_usage_is_code_two() {
    let stage = Stage::new().await;
    for arguments in [&["frobnicate"][..], &["ask", "--modle", "x"], &["keys"], &["library", "add"]] {
        let outcome = stage.run(arguments).await;
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {outcome:?}");
    }
}
