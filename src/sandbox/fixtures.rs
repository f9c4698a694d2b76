//! The users of the sandbox.

use serde_json::{Value, json};

use super::model::{Location, Model, Profile, SignIn, User};

/// The password of the users that have one.
pub const PASSWORD: &str = "practice";

/// The one-time code of the user with two-factor.
pub const ONE_TIME_CODE: &str = "123456";

/// The email of the main user, who has profiles to switch between.
pub const MAIN: &str = "ana@sandbox.example";

/// The email of the user without a password, who signs in with one-time links.
pub const LINK_ONLY: &str = "link-only@sandbox.example";

const HARBOUR: u64 = 1_300_412;
const MILL_LANE: u64 = 1_300_977;

impl Model {
    /// The users of the sandbox, the main user first.
    pub fn fixtures() -> Self {
        Self {
            locations: vec![
                location(HARBOUR, "Harbour Works", "harbour"),
                location(MILL_LANE, "Mill Lane Studios", "mill-lane"),
            ],
            users: vec![
                User {
                    shows: "six profiles at two locations",
                    current: Some(14_190_271),
                    profiles: main_profiles(),
                    ..user(7_104_466, MAIN, "Ana Duarte")
                },
                User {
                    shows: "needs the one-time code 123456",
                    sign_in: SignIn::TwoFactor(ONE_TIME_CODE.to_owned()),
                    current: Some(14_771_032),
                    profiles: vec![
                        Profile::individual(14_771_032, "Tomas Falk", HARBOUR),
                        Profile::company(14_771_058, "Tomas Falk", "Falk & Sons", HARBOUR),
                    ],
                    ..user(7_104_502, "two-factor@sandbox.example", "Tomas Falk")
                },
                User {
                    shows: "must choose a new password first",
                    sign_in: SignIn::MustReset("practice-reset-token".to_owned()),
                    ..user(7_104_519, "must-reset@sandbox.example", "Priya Nair")
                },
                User {
                    shows: "has no password: signs in with a one-time link",
                    password: None,
                    current: Some(14_802_114),
                    profiles: vec![
                        Profile::individual(14_802_114, "Lin Okafor", HARBOUR),
                        Profile::company(14_802_120, "Lin Okafor", "Okafor Maps", MILL_LANE),
                    ],
                    ..user(7_104_526, LINK_ONLY, "Lin Okafor")
                },
                User {
                    shows: "can't sign in: suspended",
                    sign_in: SignIn::Refused,
                    ..user(7_104_533, "suspended@sandbox.example", "Owen Byrne")
                },
                User {
                    shows: "signs in, but has no profile here",
                    ..user(7_104_540, "nobody@sandbox.example", "Mika Laine")
                },
            ],
        }
    }

    /// Gives each user with a profile `count` of them, so that long lists can be tried.
    pub(super) fn fill_profiles(&mut self, count: u32) {
        // 12 and 17 have no common divisor: only after 204 companies does a pair come again.
        const FIRST: [&str; 12] = [
            "Amber", "Birch", "Cedar", "Delta", "Ember", "Fern", "Granite", "Hazel", "Indigo",
            "Juniper", "Kestrel", "Larch",
        ];
        const SECOND: [&str; 17] = [
            "Archive", "Bakery", "Cycles", "Design", "Films", "Garden", "Health", "Imports",
            "Jewelry", "Kitchen", "Labs", "Maps", "Optics", "Press", "Robotics", "Studio", "Tea",
        ];
        let count = usize::try_from(count).unwrap_or(usize::MAX).max(1);
        let users = self.users.iter_mut();
        for user in users.filter(|user| !user.profiles.is_empty()) {
            let pairs = FIRST.iter().cycle().zip(SECOND.iter().cycle());
            let missing = count.saturating_sub(user.profiles.len());
            for (number, (first, second)) in (1..).zip(pairs).take(missing) {
                let id = user.id * 100_000 + number;
                let company = format!("{first} {second} {number}");
                let profile = Profile::company(id, &user.full_name, &company, HARBOUR);
                user.profiles.push(profile);
            }
            user.profiles.truncate(count);
        }
    }
}

fn user(id: u64, email: &str, full_name: &str) -> User {
    User {
        id,
        email: email.to_owned(),
        password: Some(PASSWORD.to_owned()),
        full_name: full_name.to_owned(),
        ..User::default()
    }
}

fn location(id: u64, name: &str, web_address: &str) -> Location {
    Location {
        id,
        name: name.to_owned(),
        web_address: web_address.to_owned(),
    }
}

fn main_profiles() -> Vec<Profile> {
    const NAME: &str = "Ana Duarte";
    vec![
        Profile {
            benefits: own_benefits(),
            ..Profile::individual(14_190_271, NAME, HARBOUR)
        },
        Profile {
            benefits: company_benefits(),
            ..Profile::company(14_190_688, NAME, "Duarte Ceramics", HARBOUR)
                .with_virtual_office(2_200_913, false)
        },
        Profile::company(14_512_340, NAME, "Tidewater Imports", MILL_LANE),
        Profile::individual(8_590_114_207, NAME, MILL_LANE),
        Profile::company(14_388_925, NAME, "Slow Type Press", HARBOUR).suspended(),
        Profile::company(14_530_016, NAME, "Northlight Audio", MILL_LANE)
            .with_virtual_office(2_201_450, true),
    ]
}

fn own_benefits() -> Value {
    json!({
        "Personal": {
            "BookingCredits": [credit(5_310_044, "Meeting room credit", 60.0, 42.5)],
            "ExtraServices": [],
            "TimePasses": [{
                "Id": 5_477_120, "TimePass": { "Id": 1_204_811, "Name": "Day pass" },
                "TotalUses": 5, "RemainingUses": 3, "Used": false,
                "IsFromTariff": true, "ExpireDate": null,
            }],
        },
        "Team": no_benefits(),
    })
}

fn company_benefits() -> Value {
    json!({
        "Personal": no_benefits(),
        "Team": {
            "BookingCredits": [credit(5_310_391, "Team room credit", 200.0, 115.0)],
            "ExtraServices": [{
                "Id": 5_602_218,
                "ExtraService": {
                    "Id": 1_180_326, "Name": "Black and white pages", "IsPrintingCredit": true,
                },
                "TotalUses": 500, "RemainingUses": 381, "ChargePeriod": "Uses",
                "IsFromTariff": true, "ExpireDate": "2031-01-31T23:59:00Z",
            }],
            "TimePasses": [],
        },
    })
}

/// Booking credit. The portal misspells two fields.
fn credit(id: u64, name: &str, total: f64, remaining: f64) -> Value {
    json!({
        "Id": id, "Name": name, "TotalCredit": total, "RemainingCredit": remaining,
        "CaneBeUsedForBookings": true, "CaneBeUsedForEvents": false, "IsUniversalCredit": true,
        "IsFromTariff": true, "ExpireDate": null,
    })
}

/// The benefits of one who has none.
pub(super) fn no_benefits() -> Value {
    json!({ "BookingCredits": [], "ExtraServices": [], "TimePasses": [] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn current_profiles_and_locations_exist() {
        let model = Model::fixtures();
        for user in &model.users {
            assert_eq!(user.current.is_some(), !user.profiles.is_empty());
            assert!(user.current.is_none_or(|id| user.profile(id).is_some()));
            for profile in &user.profiles {
                assert!(profile.id > 999_999);
                assert!(model.location(profile.location).is_some());
            }
        }
    }

    #[test]
    fn main_user_has_every_kind_of_profile() {
        let model = Model::fixtures();
        let profiles = &model.user(MAIN).unwrap().profiles;
        assert!(profiles.iter().any(|it| it.id > u64::from(u32::MAX)));
        for (field, value) in [
            ("Active", false),
            ("VirtualOfficePaused", true),
            ("VirtualOfficePaused", false),
        ] {
            assert!(
                profiles.iter().any(|it| it.fields[field] == value),
                "{field}"
            );
        }
    }
}
