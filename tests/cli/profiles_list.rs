//! `nxp profiles list`.

use crate::support::{Home, Portal};

#[test]
fn a_token_and_a_space_are_all_it_takes() {
    let (home, portal) = (Home::new(), Portal::start());
    let ids = home.nxp(["profiles", "list", "-o", "id"]).at(&portal).run();
    assert_eq!(
        ids.answer(),
        "14190271\n14190688\n14512340\n8590114207\n14388925\n14530016\n"
    );
    assert_eq!(portal.connections(), 1);
}
