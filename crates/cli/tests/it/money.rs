//! `familiar money`: what was spent, on what, and what is to be known of it.

use super::stage::Stage;
use testkit::Reply;

#[tokio::test]
async fn money_is_added_up_filtered_and_written_as_csv() {
    let stage = Stage::new().await;
    for (input, output) in [(11, 3), (1_000, 200)] {
        stage.upstream.queue(Reply::text("yes").usage(input, output));
        stage.run(&["ask", "Does it add up?"]).await.ok();
    }
    let list = stage.run(&["exchanges", "--json"]).await.json();
    let costs: Vec<base::Money> = list["exchanges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["cost_usd"].as_str().unwrap().parse().unwrap())
        .collect();
    let all: base::Money = costs.into_iter().sum();
    assert!(all > base::Money::ZERO);
    let summary = stage.run(&["money"]).await.ok();
    for words in ["spent", "without Familiar", "by routing", &format!("{all} USD")] {
        assert!(summary.contains(words), "{words} in {summary}");
    }
    let by = stage.run(&["money", "by", "model", "--json"]).await.json();
    assert_eq!(by["total"]["cost_usd"], all.to_string());
    let table = stage.run(&["money", "by", "day", "--split", "provider"]).await.ok();
    assert!(table.lines().last().unwrap().starts_with("(total)"), "{table}");
    assert!(table.lines().last().unwrap().ends_with(&all.to_string()), "{table}");
    let csv = stage.run(&["money", "by", "provider", "--csv"]).await.ok();
    assert!(csv.starts_with("name,label,part,requests,"), "{csv}");
    assert!(csv.trim_end().lines().last().unwrap().starts_with("(total),,,2,"), "{csv}");
    let none = stage.run(&["money", "by", "key", "--provider", "nobody", "--json"]).await.json();
    assert_eq!(none["total"]["requests"], 0);

    let said = stage.run(&["money", "forecast", "--step", "week"]).await.ok();
    assert!(said.contains("too little history"), "{said}");
    assert_eq!(stage.run(&["money", "alerts"]).await.ok().lines().count(), 1, "only the heading");
    stage.run(&["money", "acknowledge", "all"]).await.ok();
    let error = stage.run(&["money", "by", "moon"]).await.fails_with(1);
    assert!(error.contains("hint: "), "{error}");
    stage.run(&["money", "forecast", "--step", "fortnight"]).await.fails_with(1);
    stage.run(&["money", "acknowledge", "nobody"]).await.fails_with(1);
    assert_eq!(stage.run(&["money", "--colour", "blue"]).await.code, Some(2));
}
