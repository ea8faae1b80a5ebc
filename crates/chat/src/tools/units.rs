//! The tool `convert`: from one unit to another.

use super::calculator::shown;
use futures::{FutureExt, future::BoxFuture};
use llm::{Tool, ToolContext, ToolError, ToolSpec, tool::arguments};
use serde::Deserialize;
use serde_json::json;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantity {
    Length,
    Area,
    Volume,
    Mass,
    Time,
    Speed,
    Temperature,
    Energy,
    Power,
    Pressure,
    Data,
    Angle,
}

/// A unit: how many of the quantity's first unit it is, and where its zero stands in them.
struct Unit {
    quantity: Quantity,
    factor: f64,
    zero: f64,
    names: &'static [&'static str],
}

const fn unit(quantity: Quantity, factor: f64, names: &'static [&'static str]) -> Unit {
    Unit { quantity, factor, zero: 0.0, names }
}

/// The units. Factors are the exact definitions where there are such: the international yard and pound, the US gallon of
/// 231 cubic inches, the imperial one of 4.54609 litres, the thermochemical calorie.
const UNITS: &[Unit] = &[
    unit(Quantity::Length, 1.0, &["m", "metre", "meter"]),
    unit(Quantity::Length, 1e-9, &["nm", "nanometre", "nanometer"]),
    unit(Quantity::Length, 1e-6, &["µm", "um", "micrometre", "micrometer"]),
    unit(Quantity::Length, 0.001, &["mm", "millimetre", "millimeter"]),
    unit(Quantity::Length, 0.01, &["cm", "centimetre", "centimeter"]),
    unit(Quantity::Length, 0.1, &["dm", "decimetre", "decimeter"]),
    unit(Quantity::Length, 1_000.0, &["km", "kilometre", "kilometer"]),
    unit(Quantity::Length, 0.0254, &["in", "inch", "inches", "\""]),
    unit(Quantity::Length, 0.3048, &["ft", "foot", "feet", "'"]),
    unit(Quantity::Length, 0.9144, &["yd", "yard"]),
    unit(Quantity::Length, 1_609.344, &["mi", "mile"]),
    unit(Quantity::Length, 1_852.0, &["nmi", "nautical mile"]),
    unit(Quantity::Length, 149_597_870_700.0, &["au", "astronomical unit"]),
    unit(Quantity::Length, 9_460_730_472_580_800.0, &["ly", "light-year", "light year"]),
    unit(Quantity::Area, 1.0, &["m2", "m²", "square metre", "square meter"]),
    unit(Quantity::Area, 0.0001, &["cm2", "cm²", "square centimetre", "square centimeter"]),
    unit(Quantity::Area, 1e6, &["km2", "km²", "square kilometre", "square kilometer"]),
    unit(Quantity::Area, 10_000.0, &["ha", "hectare"]),
    unit(Quantity::Area, 0.092_903_04, &["ft2", "ft²", "sqft", "square foot", "square feet"]),
    unit(Quantity::Area, 4_046.856_422_4, &["acre"]),
    unit(Quantity::Area, 2_589_988.110_336, &["mi2", "mi²", "square mile"]),
    unit(Quantity::Volume, 0.001, &["l", "litre", "liter"]),
    unit(Quantity::Volume, 1e-6, &["ml", "millilitre", "milliliter", "cm3", "cm³"]),
    unit(Quantity::Volume, 1e-5, &["cl", "centilitre", "centiliter"]),
    unit(Quantity::Volume, 1e-4, &["dl", "decilitre", "deciliter"]),
    unit(Quantity::Volume, 1.0, &["m3", "m³", "cubic metre", "cubic meter"]),
    unit(Quantity::Volume, 4.928_921_593_75e-6, &["tsp", "teaspoon"]),
    unit(Quantity::Volume, 1.478_676_478_125e-5, &["tbsp", "tablespoon"]),
    unit(Quantity::Volume, 2.957_352_956_25e-5, &["floz", "fl oz", "fluid ounce"]),
    unit(Quantity::Volume, 2.365_882_365e-4, &["cup"]),
    unit(Quantity::Volume, 4.731_764_73e-4, &["pt", "pint"]),
    unit(Quantity::Volume, 9.463_529_46e-4, &["qt", "quart"]),
    unit(Quantity::Volume, 3.785_411_784e-3, &["gal", "gallon", "us gallon"]),
    unit(Quantity::Volume, 4.546_09e-3, &["imperial gallon", "uk gallon"]),
    unit(Quantity::Mass, 1.0, &["kg", "kilogram", "kilogramme"]),
    unit(Quantity::Mass, 0.001, &["g", "gram", "gramme"]),
    unit(Quantity::Mass, 1e-6, &["mg", "milligram"]),
    unit(Quantity::Mass, 1_000.0, &["t", "tonne", "metric ton"]),
    unit(Quantity::Mass, 0.453_592_37, &["lb", "lbs", "pound"]),
    unit(Quantity::Mass, 0.028_349_523_125, &["oz", "ounce"]),
    unit(Quantity::Mass, 6.350_293_18, &["st", "stone"]),
    unit(Quantity::Mass, 907.184_74, &["short ton", "us ton"]),
    unit(Quantity::Time, 1.0, &["s", "sec", "second"]),
    unit(Quantity::Time, 0.001, &["ms", "millisecond"]),
    unit(Quantity::Time, 60.0, &["min", "minute"]),
    unit(Quantity::Time, 3_600.0, &["h", "hr", "hour"]),
    unit(Quantity::Time, 86_400.0, &["d", "day"]),
    unit(Quantity::Time, 604_800.0, &["week", "wk"]),
    unit(Quantity::Time, 31_557_600.0, &["year", "yr"]),
    unit(Quantity::Speed, 1.0, &["m/s", "metre per second", "meter per second"]),
    unit(Quantity::Speed, 1.0 / 3.6, &["km/h", "kph", "kmh"]),
    unit(Quantity::Speed, 0.447_04, &["mph", "mi/h"]),
    unit(Quantity::Speed, 1_852.0 / 3_600.0, &["kn", "knot", "kt"]),
    unit(Quantity::Speed, 0.3048, &["ft/s"]),
    unit(Quantity::Temperature, 1.0, &["k", "kelvin"]),
    Unit { quantity: Quantity::Temperature, factor: 1.0, zero: 273.15, names: &["c", "°c", "celsius"] },
    Unit {
        quantity: Quantity::Temperature,
        factor: 5.0 / 9.0,
        zero: 459.67 * 5.0 / 9.0,
        names: &["f", "°f", "fahrenheit"],
    },
    unit(Quantity::Energy, 1.0, &["j", "joule"]),
    unit(Quantity::Energy, 1_000.0, &["kj", "kilojoule"]),
    unit(Quantity::Energy, 4.184, &["cal", "calorie"]),
    unit(Quantity::Energy, 4_184.0, &["kcal", "kilocalorie"]),
    unit(Quantity::Energy, 3_600.0, &["wh", "watt hour"]),
    unit(Quantity::Energy, 3.6e6, &["kwh", "kilowatt hour"]),
    unit(Quantity::Power, 1.0, &["w", "watt"]),
    unit(Quantity::Power, 1_000.0, &["kw", "kilowatt"]),
    unit(Quantity::Power, 745.699_871_582_270_2, &["hp", "horsepower"]),
    unit(Quantity::Power, 735.498_75, &["ps", "metric horsepower"]),
    unit(Quantity::Pressure, 1.0, &["pa", "pascal"]),
    unit(Quantity::Pressure, 100.0, &["hpa", "mbar", "millibar"]),
    unit(Quantity::Pressure, 1_000.0, &["kpa", "kilopascal"]),
    unit(Quantity::Pressure, 100_000.0, &["bar"]),
    unit(Quantity::Pressure, 101_325.0, &["atm", "atmosphere"]),
    unit(Quantity::Pressure, 6_894.757_293_168_361, &["psi"]),
    unit(Quantity::Pressure, 133.322_387_415, &["mmhg"]),
    unit(Quantity::Data, 1.0, &["byte"]),
    unit(Quantity::Data, 0.125, &["bit"]),
    unit(Quantity::Data, 1e3, &["kb", "kilobyte"]),
    unit(Quantity::Data, 1e6, &["mb", "megabyte"]),
    unit(Quantity::Data, 1e9, &["gb", "gigabyte"]),
    unit(Quantity::Data, 1e12, &["tb", "terabyte"]),
    unit(Quantity::Data, 1_024.0, &["kib", "kibibyte"]),
    unit(Quantity::Data, 1_048_576.0, &["mib", "mebibyte"]),
    unit(Quantity::Data, 1_073_741_824.0, &["gib", "gibibyte"]),
    unit(Quantity::Data, 1_099_511_627_776.0, &["tib", "tebibyte"]),
    unit(Quantity::Angle, 1.0, &["rad", "radian"]),
    unit(Quantity::Angle, std::f64::consts::PI / 180.0, &["°", "deg", "degree"]),
];

/// Converts units.
#[derive(Debug)]
pub(super) struct Units;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    value: f64,
    from: String,
    to: String,
}

impl Tool for Units {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "convert".into(),
            description: "Converts a value from one unit to another: length, area, volume, mass, time, speed, temperature, energy, \
                power, pressure, data, angle. Gallons, pints and cups are those of the US. No currencies."
                .into(),
            parameters: json!({
                "type": "object",
                "properties": {
                    "value": { "type": "number" },
                    "from": { "type": "string", "description": "Such as km/h, lb, °F" },
                    "to": { "type": "string", "description": "Such as mph, kg, °C" },
                },
                "required": ["value", "from", "to"],
                "additionalProperties": false,
            }),
            strict: None,
            cache_marker: false,
        }
    }

    fn call<'a>(
        &'a self,
        _context: &'a ToolContext,
        text: &'a str,
    ) -> BoxFuture<'a, Result<String, ToolError>> {
        async move {
            let Arguments { value, from, to } = arguments(text)?;
            let converted = convert(value, &from, &to).map_err(ToolError::Arguments)?;
            Ok(format!("{} {} = {} {}", shown(value), from.trim(), shown(converted), to.trim()))
        }
        .boxed()
    }
}

fn convert(value: f64, from: &str, to: &str) -> Result<f64, String> {
    let (source, target) = (find(from)?, find(to)?);
    if source.quantity != target.quantity {
        let quantity = |unit: &Unit| format!("{:?}", unit.quantity).to_lowercase();
        return Err(format!("`{from}` is a {}, `{to}` is a {}", quantity(source), quantity(target)));
    }
    let converted = (value * source.factor + source.zero - target.zero) / target.factor;
    if converted.is_finite() { Ok(converted) } else { Err("the value is too large".to_owned()) }
}

/// The unit of this name, also in the plural.
fn find(name: &str) -> Result<&'static Unit, String> {
    let wanted = name.trim().to_lowercase();
    let singular = wanted.strip_suffix('s').filter(|short| short.chars().count() > 2);
    let called = |name: &str| UNITS.iter().find(|unit| unit.names.contains(&name));
    called(&wanted).or_else(|| called(singular?)).ok_or_else(|| {
        let told: String = wanted.chars().take(40).collect();
        format!("`{told}` is no unit that is known here")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn values_are_converted_and_back() {
        for (value, from, to, expected) in [
            (1.0, "mi", "km", "1.609344"),
            (100.0, "km/h", "mph", "62.1371192237"),
            (72.0, "°F", "°C", "22.2222222222"),
            (-40.0, "celsius", "Fahrenheit", "-40"),
            (0.0, "C", "K", "273.15"),
            (2.0, "Pounds", "g", "907.18474"),
            (6.0, "feet", "cm", "182.88"),
            (1.0, "gallon", "litres", "3.785411784"),
            (90.0, "minutes", "h", "1.5"),
            (1.0, "GiB", "MB", "1073.741824"),
            (180.0, "degrees", "rad", "3.14159265359"),
            (1.0, "kWh", "kcal", "860.420650096"),
            (5.0, "inches", "in", "5"),
        ] {
            let converted = convert(value, from, to).unwrap();
            assert_eq!(shown(converted), expected, "{value} {from} to {to}");
            let back = convert(converted, to, from).unwrap();
            assert_eq!(shown(back), shown(value), "{to} back to {from}");
        }
    }

    #[test]
    fn what_cannot_be_converted_is_told() {
        for (from, to, told) in [
            ("kg", "m", "mass"),
            ("furlong", "m", "`furlong`"),
            ("usd", "eur", "no unit"),
            ("", "m", "no unit"),
        ] {
            let error = convert(1.0, from, to).unwrap_err();
            assert!(error.contains(told), "{from} to {to}: {error}");
        }
        assert!(convert(f64::MAX, "km", "mm").is_err());
    }

    #[test]
    fn no_name_stands_for_two_units() {
        let mut seen = HashSet::new();
        for name in UNITS.iter().flat_map(|unit| unit.names) {
            assert!(seen.insert(name), "`{name}` is there twice");
            assert_eq!(*name, name.to_lowercase(), "names are found in lower case");
        }
    }
}
