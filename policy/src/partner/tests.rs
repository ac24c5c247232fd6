use entity::{ProjectRole, TwinSpaceRole};

use super::{PartnerAct, PartnerFacts};
use crate::{
    Access,
    Reason::{FounderProtected, LastTeacherAdmin, RoleTooLow},
    Refusal::Forbidden,
    Subject,
    sample::access,
};

fn partner(role: ProjectRole) -> Access {
    Access { partner: Some((role, false)), ..access(TwinSpaceRole::Teacher) }
}

#[test]
fn managers_manage_partners_but_no_founders() {
    let (manager, member) = (partner(ProjectRole::Manager), partner(ProjectRole::Member));
    let plain = PartnerFacts { founder: false, last_admin: false };
    for act in [PartnerAct::ChangeRole, PartnerAct::Remove] {
        assert_eq!(plain.decide(act, &manager), Ok(()));
        assert_eq!(plain.decide(act, &member), Err(Forbidden(RoleTooLow)));
        let founder = PartnerFacts { founder: true, ..plain };
        assert_eq!(founder.decide(act, &manager), Err(Forbidden(FounderProtected)));
    }
}

#[test]
fn the_last_teacher_administrator_is_not_removed() {
    let manager = partner(ProjectRole::Manager);
    let last = PartnerFacts { founder: false, last_admin: true };
    assert_eq!(last.decide(PartnerAct::ChangeRole, &manager), Ok(()));
    assert_eq!(last.decide(PartnerAct::Remove, &manager), Err(Forbidden(LastTeacherAdmin)));
}
