//! The people and rooms of the sandbox.

use std::ops::Range;

use serde_json::{Value, json};

use super::model::{Location, Model, Profile, Room, SignIn, User};

/// The password of everyone in the sandbox.
pub const PASSWORD: &str = "practice";

/// The one-time code of the user with two-factor.
pub const ONE_TIME_CODE: &str = "123456";

/// A person to sign in as; the password is [`PASSWORD`].
pub struct Login {
    /// What to sign in with.
    pub email: &'static str,
    /// What signing in as them shows: the end of a sentence.
    pub shows: &'static str,
}

/// The main user: the one with profiles to switch between.
pub const MAIN: Login = Login {
    email: "ana@sandbox.example",
    shows: "six profiles at two locations",
};

/// The person without a password, who signs in with one-time links.
pub const LINK_ONLY: Login = Login {
    email: "link-only@sandbox.example",
    shows: "has no password: signs in with a one-time link",
};

/// Everyone in the sandbox, the main user first.
pub const LOGINS: [Login; 6] = [
    MAIN,
    Login {
        email: "two-factor@sandbox.example",
        shows: "asks for the one-time code 123456",
    },
    Login {
        email: "must-reset@sandbox.example",
        shows: "must choose a new password first",
    },
    LINK_ONLY,
    Login {
        email: "suspended@sandbox.example",
        shows: "is refused, as a suspended user is",
    },
    Login {
        email: "nobody@sandbox.example",
        shows: "signs in, but has no profile here",
    },
];

const HARBOUR: u64 = 1_300_412;
const MILL_LANE: u64 = 1_300_977;

impl Model {
    /// The people and rooms of the sandbox.
    pub fn fixtures() -> Self {
        let [
            main,
            two_factor,
            must_reset,
            link_only,
            suspended,
            no_profile,
        ] = LOGINS;
        Self {
            locations: vec![
                location(HARBOUR, "Harbour Works", "harbour"),
                location(MILL_LANE, "Mill Lane Studios", "mill-lane"),
            ],
            rooms: vec![
                room(1_414_021, "Lighthouse (6 seats)", &[9..10, 13..15]),
                room(1_414_022, "Quay (4 seats)", &[8..9, 10..12]),
                room(1_414_035, "Mill Loft (12 seats)", &[]),
            ],
            users: vec![
                User {
                    current: Some(14_190_271),
                    profiles: main_profiles(),
                    ..user(&main, 7_104_466, "Ana Duarte")
                },
                User {
                    sign_in: SignIn::TwoFactor(ONE_TIME_CODE.to_owned()),
                    current: Some(14_771_032),
                    profiles: vec![
                        Profile::individual(14_771_032, "Tomas Falk", HARBOUR),
                        Profile::company(14_771_058, "Tomas Falk", "Falk & Sons", HARBOUR),
                    ],
                    ..user(&two_factor, 7_104_502, "Tomas Falk")
                },
                User {
                    sign_in: SignIn::MustReset("practice-reset-token".to_owned()),
                    ..user(&must_reset, 7_104_519, "Priya Nair")
                },
                User {
                    password: String::new(),
                    sign_in: SignIn::LinkOnly,
                    current: Some(14_802_114),
                    profiles: vec![
                        Profile::individual(14_802_114, "Lin Okafor", HARBOUR),
                        Profile::company(14_802_120, "Lin Okafor", "Okafor Maps", MILL_LANE),
                    ],
                    ..user(&link_only, 7_104_526, "Lin Okafor")
                },
                User {
                    sign_in: SignIn::Refused,
                    ..user(&suspended, 7_104_533, "Owen Byrne")
                },
                user(&no_profile, 7_104_540, "Mika Laine"),
            ],
        }
    }
}

fn user(login: &Login, id: u64, full_name: &str) -> User {
    User {
        id,
        email: login.email.to_owned(),
        password: PASSWORD.to_owned(),
        full_name: full_name.into(),
        ..User::default()
    }
}

fn room(id: u64, name: &str, taken_daily: &[Range<u8>]) -> Room {
    Room {
        id,
        name: name.to_owned(),
        taken_daily: taken_daily.to_vec(),
    }
}

fn location(id: u64, name: &str, web_address: &str) -> Location {
    Location {
        id,
        name: name.into(),
        web_address: web_address.into(),
    }
}

impl Model {
    /// Gives everyone with a profile `count` of them, so that long lists can be tried.
    pub(super) fn fill_profiles(&mut self, count: u32) {
        const FIRST: [&str; 12] = [
            "Amber", "Birch", "Cedar", "Delta", "Ember", "Fern", "Granite", "Hazel", "Indigo",
            "Juniper", "Kestrel", "Larch",
        ];
        const SECOND: [&str; 17] = [
            "Archive", "Bakery", "Cycles", "Design", "Films", "Garden", "Health", "Imports",
            "Jewelry", "Kitchen", "Labs", "Maps", "Optics", "Press", "Robotics", "Studio", "Tea",
        ];
        let names = SECOND
            .iter()
            .flat_map(|second| FIRST.map(|first| (first, *second)));
        let names: Vec<String> = names.map(|(one, two)| format!("{one} {two}")).collect();
        for user in self
            .users
            .iter_mut()
            .filter(|user| !user.profiles.is_empty())
        {
            let wanted = usize::try_from(count).unwrap_or(usize::MAX);
            let person = user.full_name.value().cloned().unwrap_or_default();
            let numbers = (1..).zip(names.iter().cycle());
            for (number, name) in numbers.take(wanted.saturating_sub(user.profiles.len())) {
                let company = match number / names.len() {
                    0 => name.clone(),
                    round => format!("{name} {}", round + 1),
                };
                let id = user.id * 100_000 + number as u64;
                user.profiles
                    .push(Profile::company(id, &person, &company, HARBOUR));
            }
            user.profiles.truncate(wanted.max(1));
        }
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
            "BookingCredits": [credit(5_310_044, "Meeting room credit", [60.0, 42.5])],
            "ExtraServices": [],
            "TimePasses": [{
                "Id": 5_477_120,
                "TimePass": { "Id": 1_204_811, "Name": "Day pass" },
                "TotalUses": 5,
                "RemainingUses": 3,
                "Used": false,
                "IsFromTariff": true,
                "ExpireDate": null,
            }],
        },
        "Team": { "BookingCredits": [], "ExtraServices": [], "TimePasses": [] },
    })
}

fn company_benefits() -> Value {
    json!({
        "Personal": { "BookingCredits": [], "ExtraServices": [], "TimePasses": [] },
        "Team": {
            "BookingCredits": [credit(5_310_391, "Team room credit", [200.0, 115.0])],
            "ExtraServices": [{
                "Id": 5_602_218,
                "ExtraService": {
                    "Id": 1_180_326,
                    "Name": "Black and white pages",
                    "IsPrintingCredit": true,
                },
                "TotalUses": 500,
                "RemainingUses": 381,
                "ChargePeriod": "Uses",
                "IsFromTariff": true,
                "ExpireDate": "2031-01-31T23:59:00Z",
            }],
            "TimePasses": [],
        },
    })
}

/// Booking credit. The portal misspells two fields.
fn credit(id: u64, name: &str, [total, left]: [f64; 2]) -> Value {
    json!({
        "Id": id,
        "Name": name,
        "TotalCredit": total,
        "RemainingCredit": left,
        "CaneBeUsedForBookings": true,
        "CaneBeUsedForEvents": false,
        "IsUniversalCredit": true,
        "IsFromTariff": true,
        "ExpireDate": null,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::sandbox::Nullable;

    #[test]
    fn every_login_is_a_user_and_their_profiles_are_at_known_locations() {
        let model = Model::fixtures();
        assert_eq!(model.users.len(), LOGINS.len());
        for login in &LOGINS {
            let user = model.user(login.email).unwrap();
            let has_password = login.email != LINK_ONLY.email;
            assert_eq!(user.password == PASSWORD, has_password);
            for profile in &user.profiles {
                assert!(profile.id > 999_999);
                assert!(model.location(*profile.location.value().unwrap()).is_some());
            }
            assert!(user.current.is_none_or(|id| user.profile(id).is_some()));
        }
    }

    #[test]
    fn the_main_user_shows_every_kind_of_profile() {
        let model = Model::fixtures();
        let profiles = &model.user(MAIN.email).unwrap().profiles;
        let any = |wanted: &dyn Fn(&Profile) -> bool| profiles.iter().any(wanted);
        assert!(any(&|p| p.id > u64::from(u32::MAX)));
        assert!(any(&|p| p.active == Nullable::Value(false)));
        assert!(any(&|p| p.virtual_office_paused == Nullable::Value(true)));
        assert!(any(&|p| p.virtual_office_paused == Nullable::Value(false)));
    }
}
