//! What the current profile can spend, in the portal's own fields.

use reqwest::Method;
use serde::Serialize;
use serde_json::Number;

use super::client::Client;
use super::http::Request;
use super::json::{self, object};
use super::profiles;
use crate::error::Result;
use crate::secret::BearerToken;

object! {
    /// What a profile can spend (`GET /api/public/coworkers/profiles/current/benefits`).
    ///
    /// The fields are the portal's, and any of them may be absent. Dates are the space's wall-clock time
    /// with a literal `Z`; they are kept as written.
    #[derive(Clone, Debug, Serialize)]
    #[serde(rename_all = "PascalCase")]
    pub(crate) struct Benefits {
        pub(crate) personal: Option<BenefitSet>,
        pub(crate) team: Option<BenefitSet>,
    }

    /// One half of [`Benefits`].
    #[derive(Clone, Debug, Default, Serialize)]
    #[serde(rename_all = "PascalCase")]
    pub(crate) struct BenefitSet {
        pub(crate) booking_credits: Option<Vec<BookingCredit>>,
        pub(crate) extra_services: Option<Vec<ServiceUses>>,
        pub(crate) time_passes: Option<Vec<PassUses>>,
    }

    /// Credit that pays bookings or events. The portal's spelling of two fields is kept.
    #[derive(Clone, Debug, Serialize)]
    #[serde(rename_all = "PascalCase")]
    pub(crate) struct BookingCredit {
        pub(crate) id: Option<u64>,
        pub(crate) name: Option<String>,
        pub(crate) total_credit: Option<Number>,
        pub(crate) remaining_credit: Option<Number>,
        pub(crate) cane_be_used_for_bookings: Option<bool>,
        pub(crate) cane_be_used_for_events: Option<bool>,
        pub(crate) is_universal_credit: Option<bool>,
        pub(crate) is_from_tariff: Option<bool>,
        pub(crate) expire_date: Option<String>,
    }

    /// A service that can be used a number of times.
    #[derive(Clone, Debug, Serialize)]
    #[serde(rename_all = "PascalCase")]
    pub(crate) struct ServiceUses {
        pub(crate) id: Option<u64>,
        pub(crate) extra_service: Option<ExtraService>,
        pub(crate) total_uses: Option<Number>,
        pub(crate) remaining_uses: Option<Number>,
        pub(crate) charge_period: Option<String>,
        pub(crate) is_from_tariff: Option<bool>,
        pub(crate) expire_date: Option<String>,
    }

    /// The service that [`ServiceUses`] counts.
    #[derive(Clone, Debug, Serialize)]
    #[serde(rename_all = "PascalCase")]
    pub(crate) struct ExtraService {
        pub(crate) id: Option<u64>,
        pub(crate) name: Option<String>,
        pub(crate) is_printing_credit: Option<bool>,
    }

    /// A pass that can be used a number of times; no number means no limit.
    #[derive(Clone, Debug, Serialize)]
    #[serde(rename_all = "PascalCase")]
    pub(crate) struct PassUses {
        pub(crate) id: Option<u64>,
        pub(crate) time_pass: Option<TimePass>,
        pub(crate) total_uses: Option<Number>,
        pub(crate) remaining_uses: Option<Number>,
        pub(crate) used: Option<bool>,
        pub(crate) is_from_tariff: Option<bool>,
        pub(crate) expire_date: Option<String>,
    }

    /// The pass that [`PassUses`] counts.
    #[derive(Clone, Debug, Serialize)]
    #[serde(rename_all = "PascalCase")]
    pub(crate) struct TimePass {
        pub(crate) id: Option<u64>,
        pub(crate) name: Option<String>,
    }
}

impl Benefits {
    pub(crate) fn from_json(body: &[u8]) -> Result<Self, String> {
        let benefits: Self = json::parse(body)?;
        if benefits.personal.is_none() && benefits.team.is_none() {
            return Err("neither Personal nor Team".to_owned());
        }
        Ok(benefits)
    }

    /// Whether there is nothing to spend.
    pub(crate) fn is_empty(&self) -> bool {
        let no = |set: &BenefitSet| {
            set.booking_credits.iter().flatten().next().is_none()
                && set.extra_services.iter().flatten().next().is_none()
                && set.time_passes.iter().flatten().next().is_none()
        };
        self.personal.iter().chain(&self.team).all(no)
    }
}

impl Client {
    /// Fetches what the current profile can spend.
    pub(crate) async fn benefits(&self, token: &BearerToken) -> Result<Benefits> {
        let path = format!("{}/current/benefits", profiles::PATH);
        let request = Request {
            token: Some(token),
            ..Request::new(Method::GET, &path, "the benefits")
        };
        let response = self.send_authorized(&request).await?;
        Benefits::from_json(&response.body).map_err(|problem| request.unusable(problem))
    }
}
