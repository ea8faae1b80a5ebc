//! Entries of made-up books in every layout, what corrections teach, and texts that are nothing.

use proptest::prelude::*;
use serde_json::json;
use statblock::{Entry, Facts, Kind, Learned, Passage, extract, learn, level};

fn under<'a>(headings: &[&'a str], text: &'a str) -> Passage<'a> {
    Passage { headings: headings.to_vec(), text }
}

fn one(headings: &[&str], text: &str) -> Entry {
    let mut found = extract(&[under(headings, text)], &[]);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    found.remove(0)
}

#[test]
fn spells_of_every_layout_are_read() {
    let lines = "3rd-level evocation (ritual)\nCasting Time: 1 bonus action\nRange: 60 feet\nComponents: V, S, M (a wick,\n\
        and a little oil)\nDuration: Concentration, up to 1 minute\nA lamp burns where you point.";
    let flowing = lines.replace('\n', " ");
    for text in [lines, &flowing] {
        let spell = one(&["Spells", "Far Lamp"], text);
        assert_eq!(
            (spell.kind, spell.name.as_str(), level(spell.kind, &spell.facts)),
            (Kind::Spell, "Far Lamp", Some(3.0))
        );
        assert_eq!(spell.facts["school"], "evocation");
        assert_eq!(spell.facts["range"], "60 feet");
        assert_eq!(spell.facts["duration"], "up to 1 minute");
        assert_eq!(spell.facts["material"], "a wick, and a little oil");
        assert_eq!((&spell.facts["ritual"], &spell.facts["concentration"]), (&json!(true), &json!(true)));
        assert!((spell.quality - 1.0).abs() < 1e-9);
    }
    let spell = one(
        &["Far Lamp"],
        "Evocation Cantrip (Bard, Wizard)\n\nCasting Time: Action\n\nRange: 30 feet\n\nComponents: V\n\nDuration: Instantaneous\n\nIt glows.",
    );
    assert_eq!(
        (level(spell.kind, &spell.facts), &spell.facts["classes"]),
        (Some(0.0), &json!(["Bard", "Wizard"]))
    );
    let spell = one(
        &["Far Lamp"],
        "Level 4 Illusion (Bard)\nCasting Time: 1 minute or Ritual\nRange: Self\nComponents: V\nDuration: 8 hours",
    );
    assert_eq!((level(spell.kind, &spell.facts), &spell.facts["ritual"]), (Some(4.0), &json!(true)));
    let spell = one(
        &["Far Lamp"],
        "School evocation [light]; Level sorcerer/wizard 2\nCasting Time 1 standard action\nComponents V, S\nRange close\nDuration 1 hour/level",
    );
    assert_eq!(level(spell.kind, &spell.facts), Some(2.0));
}

#[test]
fn a_monster_has_what_stands_under_its_own_headings() {
    let text = "Large monstrosity (shapechanger), chaotic evil\nArmor Class 14 (natural)\nHit Points 52 (7d10+14)\nSpeed 40 ft., swim 20 ft.\n\
        STR DEX CON INT WIS CHA\n18 (+4) 12 (+1) 15 (+2) 6 (-2) 11 (+0) 8 (-1)\nSenses darkvision 60 ft., passive perception 10\n\
        Languages Deep Speech\nChallenge 1/4 (50 XP)\nMurk. It is hard to see.";
    let found = extract(
        &[
            under(&["Beasts", "Mire Hound"], text),
            under(&["Beasts", "Mire Hound", "Actions"], "Bite. It bites."),
            under(&["Beasts", "Next"], "Nothing of the kind."),
        ],
        &[],
    );
    assert_eq!(found.len(), 1);
    let hound = &found[0];
    assert_eq!((hound.first, hound.last, level(hound.kind, &hound.facts)), (0, 1, Some(0.25)));
    assert_eq!(
        (&hound.facts["type"], &hound.facts["subtype"]),
        (&json!("monstrosity"), &json!("shapechanger"))
    );
    assert_eq!(
        (&hound.facts["experience"], &hound.facts["armor_class"], &hound.facts["hit_points"]),
        (&json!(50), &json!(14), &json!(52))
    );
    assert_eq!(hound.facts["speed"], "40 ft., swim 20 ft.");
    assert_eq!(hound.facts["languages"], "Deep Speech");
    assert_eq!(hound.facts["abilities"]["int"], 6);
    assert!((hound.quality - 1.0).abs() < 1e-9, "{}", hound.quality);
    let newer = "Medium or Small Undead, Neutral Evil\n\n- Armor Class: 13\n- Hit Points: 22 (4d8 + 4)\n- Speed: 30 ft.\n\n\
        | STAT | SCORE | MOD | SAVE |\n| STR | 10 | +0 | +0 |\n| DEX | 16 | +3 | +3 |\n| CON | 12 | +1 | +1 |\n| INT | 6 | -2 | -2 |\n| WIS | 8 | -1 | -1 |\n| CHA | 5 | -3 | -3 |\n\n- CR 1 (XP 200)";
    let bone = one(&["Bone Walker"], newer);
    assert_eq!(
        (&bone.facts["type"], &bone.facts["experience"], &bone.facts["challenge"]),
        (&json!("undead"), &json!(200), &json!(1.0))
    );
}

#[test]
fn items_conditions_and_tables_are_read() {
    let item = one(
        &["Items", "Hat of Rain"],
        "Wondrous item, very rare (requires attunement by a druid)\nIt rains.",
    );
    assert_eq!((item.kind, &item.facts["rarity"]), (Kind::MagicItem, &json!("very rare")));
    assert_eq!(item.facts["attunement"], "requires attunement by a druid");
    let item = one(&["Shaft, +1 or +2"], "Weapon (any bow), uncommon (+1) or rare (+2)\nIt flies.");
    assert_eq!((&item.facts["rarity"], &item.facts["type"]), (&json!("varies"), &json!("weapon")));
    let condition =
        one(&["Conditions", "Dazzled"], "A dazzled creature has disadvantage on checks that rely on sight.");
    assert_eq!((condition.kind, condition.name.as_str()), (Kind::Condition, "Dazzled"));
    assert_eq!(
        one(&["Prone [Condition]"], "While you have it, your only movement is to crawl.").name,
        "Prone"
    );
    let table = "| Weapon | Cost | Damage | Weight |\n|---|---|---|---|\n| Billhook | 15 gp | 1d10 slashing | 6 lb. |\n| Simple ones | | | |\n| Sling | 1 sp | 1d4 | - |";
    let found = extract(&[under(&["Weapons"], table)], &[]);
    let names: Vec<&str> = found.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["Billhook", "Sling"]);
    assert_eq!(
        (&found[0].facts["cost"], &found[0].facts["damage"]),
        (&json!("15 gp"), &json!("1d10 slashing"))
    );
    let gear = one(&["Rope"], "Cost: 1 GP Weight: 5 lb.\nIt holds.");
    assert_eq!((gear.kind, &gear.facts["cost"]), (Kind::Equipment, &json!("1 GP")));
}

#[test]
fn a_table_goes_on_where_a_page_or_a_passage_tore_it_apart() {
    let names = |texts: &[&str]| -> Vec<(String, usize)> {
        let passages: Vec<Passage<'_>> = texts.iter().map(|text| under(&["Weapons"], text)).collect();
        extract(&passages, &[]).into_iter().map(|entry| (entry.name, entry.first)).collect()
    };
    let named = |name: &str, passage: usize| (name.to_owned(), passage);
    let head = "| Weapon | Cost | Weight |\n|---|---|---|\n| Billhook | 15 gp | 6 lb. |";
    let rest = "| Sling | 1 sp | - |\n| Whip | 2 gp | 3 lb. |";
    let all = [named("Billhook", 0), named("Sling", 1), named("Whip", 1)];
    assert_eq!(names(&[head, rest]), all);
    let whole = format!("{head}\n\n{rest}\n");
    assert_eq!(names(&[&whole]), all.map(|(name, _)| (name, 0)));
    let found = extract(&[under(&["Weapons"], head), under(&["Weapons"], rest)], &[]);
    assert_eq!((&found[2].facts["cost"], &found[2].facts["weight"]), (&json!("2 gp"), &json!("3 lb.")));
    // What has another width, a head of its own or a text before it is another table.
    let only = [named("Billhook", 0)];
    assert_eq!(names(&[head, "| Sling | 1 sp |"]), only);
    assert_eq!(names(&[head, "| Toll | 1 sp | day |\n|---|---|---|\n| Bridge | 2 sp | day |"]), only);
    assert_eq!(names(&[head, "Fines are paid at once.", rest]), only);
    assert!(names(&[rest]).is_empty());
}

#[test]
fn entries_without_headings_are_named_by_the_line_before() {
    let text = "Frost Lamp\n1st-level evocation\nCasting Time: 1 action\nRange: Touch\nComponents: V\nDuration: 1 hour\nIt is cold.\n\n\
        Fire Lamp\n2nd-level evocation\nCasting Time: 1 action\nRange: Touch\nComponents: V\nDuration: 1 hour\nIt is hot.";
    let found = extract(&[under(&[], text)], &[]);
    let shown: Vec<(&str, Option<f64>)> =
        found.iter().map(|entry| (entry.name.as_str(), level(entry.kind, &entry.facts))).collect();
    assert_eq!(shown, [("Frost Lamp", Some(1.0)), ("Fire Lamp", Some(2.0))]);
}

#[test]
fn two_entries_of_one_name_may_follow_each_other() {
    let headings = &["Items", "Potion of Vigour"];
    let varies = "Potion, varies\nAs the table says.\n\n| Potion | Rarity |\n|---|---|\n| Vigour | Common |";
    let found = extract(
        &[
            under(headings, varies),
            under(headings, "It tastes of tin."),
            under(headings, "Potion, common\nYou wake."),
        ],
        &[],
    );
    let told: Vec<_> = found
        .iter()
        .map(|entry| (entry.name.as_str(), entry.facts["rarity"].as_str(), entry.first, entry.last))
        .collect();
    assert_eq!(
        told,
        [("Potion of Vigour", Some("varies"), 0, 1), ("Potion of Vigour", Some("common"), 2, 2)]
    );
}

#[test]
fn prose_is_no_entry() {
    for text in [
        "The wizard cast a 3rd-level evocation spell, and a large dragon came.",
        "Range: the distance. Duration: how long.",
        "A wondrous item may be rare.",
        "| Name | Age |\n|---|---|\n| Ann | 7 |",
        "The creature is blinded.",
    ] {
        assert_eq!(extract(&[under(&["Chapter"], text)], &[]), [], "{text}");
    }
}

#[test]
fn corrections_teach_labels_and_heads() {
    let text = |name: &str, rank: u8| {
        format!(
            "Evocation of the {rank} circle\nCast In: 1 action\nRange: 60 feet\nComponents: V, S\nDuration: 1 hour\n{name} burns."
        )
    };
    let first = text("The lamp", 3);
    let found = one(&["Far Lamp"], &first.replace("Cast In", "Casting Time"));
    assert!(!found.facts.contains_key("level") && found.quality < 0.8);
    let changed = Facts::from_iter([
        ("level".to_owned(), json!(3)),
        ("school".to_owned(), json!("evocation")),
        ("casting_time".to_owned(), json!("1 action")),
    ]);
    let learned: Vec<Learned> = learn(Kind::Spell, &first, &changed, &changed);
    assert!(
        learned.contains(&Learned {
            kind: Kind::Spell,
            field: Some("casting_time".into()),
            pattern: "Cast In".into()
        }),
        "{learned:?}"
    );
    let other = text("The torch", 5);
    let found = extract(&[under(&["Near Torch"], &other)], &learned);
    assert_eq!(level(found[0].kind, &found[0].facts), Some(5.0), "{learned:?}");
    assert!((found[0].quality - 1.0).abs() < 1e-9);
    assert_eq!(learn(Kind::Spell, &other, &Facts::new(), &found[0].facts), []);
}

#[test]
fn a_level_is_learned_however_it_is_counted() {
    let text = |order: &str| {
        format!(
            "{order}-Order Evocation\nCasting Time: 1 action\nRange: 60 feet\nComponents: V, S\nDuration: 1 hour\nIt burns."
        )
    };
    let changed =
        Facts::from_iter([("level".to_owned(), json!(2)), ("school".to_owned(), json!("evocation"))]);
    let learned = learn(Kind::Spell, &text("2nd"), &changed, &changed);
    let found = extract(&[under(&["Near Torch"], &text("5th"))], &learned);
    assert_eq!(level(found[0].kind, &found[0].facts), Some(5.0), "{learned:?}");
}

proptest! {
    #[test]
    fn no_text_makes_it_fail(heading in "\\PC{0,40}", text in "\\PC{0,400}") {
        for entry in extract(&[under(&[&heading], &text), under(&[], &text)], &[]) {
            prop_assert!((0.0..=1.0).contains(&entry.quality));
        }
    }

    #[test]
    fn soup_of_layouts_is_read(parts in prop::collection::vec(prop::sample::select(vec![
        "3rd-level evocation", "\n", " ", "Casting Time:", "Range:", "Components: V, S, M (", ")", "Duration: Concentration", "1 action", "é",
        "Large dragon, lawful evil", "Armor Class 1", "Hit Points", "Challenge 1/", "0", "STR DEX CON INT WIS CHA", "|", "| Name | Cost |", "1 gp",
        "Wondrous item, rare", "(requires attunement", "[Condition]", "creature", "Ünder", "\u{2212}", "evocation cantrip",
    ]), 0..40)) {
        let text = parts.concat();
        let passages = [under(&["A", "Blinded"], &text), under(&["A", "Blinded", "B"], &text), under(&["Conditions", "C"], &text)];
        let found = extract(&passages, &[]);
        for entry in &found {
            prop_assert!(entry.first <= entry.last && entry.last < passages.len());
            let _learned = learn(entry.kind, &text, &entry.facts, &entry.facts);
        }
    }

    #[test]
    fn values_of_any_text_are_values_or_refused(text in "\\PC{0,60}") {
        for kind in Kind::ALL {
            for field in statblock::fields(kind) {
                let _read = statblock::read(kind, &field.name, &text);
            }
        }
    }
}
