# The mails in English, which is the reference: every other language has the same messages with the same
# variables. The syntax is that of Project Fluent: https://projectfluent.org/fluent/guide/
#
# A mail begins with a greeting and the text, then come a link and what may follow it. A line that ends with a
# colon leads to the link. $name is the recipient, $by is somebody else, and $project is the title of a project.

hello = Hello { $name },
greeting = Hello,
desktop = You can find it on your desktop:
ignore = If this was not you, you can ignore this mail: nothing will change.
# $mutation is a name in the API.
token = If you use the API, pass this token to { $mutation }:

## The account

verify-email = Welcome to TwinSpace! Open this link within 24 hours to confirm your address:
    .subject = Confirm your e-mail address
already-registered = Someone, probably you, tried to register an account with this address. You already have one: sign in, or request a new password if you have forgotten yours.
    .subject = You already have an account
become-teacher = Someone, probably you, registered as a teacher with the address of your guest account. Open this link within 24 hours to confirm this with the password chosen at registration. You keep all your memberships:
    .subject = Confirm your registration as a teacher
admitted = Your registration as a teacher has been accepted. You can now find other teachers and found projects:
    .subject = You have been admitted as a teacher
# The reason follows, and then the link.
declined = Your registration as a teacher has not been accepted. The reason given:
    .subject = You have not been admitted as a teacher
    .link = You may register again, for example with an address of your school:
reset-password = Someone, probably you, requested a new password. Open this link within one hour to choose it:
    .subject = Choose a new password
change-email = Someone, probably you, asked to use this address to sign in from now on. Open this link within 24 hours to confirm it:
    .subject = Confirm your new e-mail address
email-changing = Someone, probably you, asked to use a different address to sign in. A link to confirm it was sent to that address. If this was not you, someone knows your password: sign in and change it immediately, which also cancels the link.
    .subject = Your e-mail address is about to change

## Invitations

invitation = { $by } invites you to the project “{ $project }” as { role }.
    .subject = { $by } invites you to “{ $project }”
    .link = Open this link to accept:
# From a pupil, whose name is not told.
invitation-from-pupil = You have been invited to the project “{ $project }” as { role }.
    .subject = You have been invited to “{ $project }”
    .link = Open this link to accept:
role = { $role ->
    [teacher-admin] a teacher administrator
    [teacher] a teacher
    [pupil-admin] a pupil administrator
    [pupil] a pupil
   *[visitor] a visitor
}
ignore-invitation = If you were not expecting this invitation, you can ignore this mail.

## Contacts and messages

contact-request = { $by } would like to be your contact.
    .subject = { $by } would like to be your contact
    .link = You can find the request on your desktop:
message = A member of the TwinSpace “{ $project }” has sent you a message.
    .subject = You have a new message
    .link = You can find the message in your inbox:

## Projects

# The subject where the recipient has to do something.
waiting = “{ $project }” is waiting for you
founding-proposed = { $by } invites you to found the project together.
    .subject = { waiting }
founding-accepted = { $by } accepted. The support services will decide next.
    .subject = “{ $project }”: your partner accepted
founding-declined = { $by } declined. You can revise the project and send it again.
    .subject = “{ $project }”: your partner declined
proposer-erased = The proposer’s account has been erased, so the project was withdrawn.
    .subject = “{ $project }”: withdrawn
cofounder-erased = Your partner’s account has been erased. You can choose another partner and send the project again.
    .subject = “{ $project }”: your partner has left
approval-asked = The project is waiting for a decision by your support service.
    .subject = { waiting }
approved = The project has been approved, and its TwinSpace is open.
    .subject = “{ $project }”: approved
not-approved = A support service did not approve the project. Its reason is shown on the project.
    .subject = “{ $project }”: not approved
label-applied = { $by } has applied for the quality label.
    .subject = { waiting }
label-granted = You have been granted the quality label. Congratulations!
    .subject = “{ $project }”: quality label granted
label-refused = Your application for the quality label was refused. The reason is shown on your application.
    .subject = “{ $project }”: quality label refused
nominated = The project has been nominated for the European label. Congratulations!
    .subject = “{ $project }”: nominated for the European label
succession-asked = A proposal to transfer the powers of a founder who has left is waiting for your decision.
    .subject = { waiting }
succession-proposed = You have left the project’s TwinSpace. Your founder’s powers may be transferred to another partner.
    .subject = “{ $project }”: proposal to transfer your founder’s powers
powers = “{ $project }”: decision on a founder’s powers
succession-approved = The founder’s powers have been transferred to the partner whom you proposed.
    .subject = { powers }
succession-refused = The founder’s powers were not transferred. The reason is shown on the project.
    .subject = { powers }
powers-lost = Your founder’s powers have been transferred to another partner.
    .subject = { powers }
powers-kept = You keep your founder’s powers.
    .subject = { powers }
powers-gained = You now have a founder’s powers in the project.
    .subject = { powers }

## Pupils, whose names are never in a mail

about = This is about the project “{ $project }”.
# The subjects where the recipient has to answer, and otherwise.
question = “{ $project }”: a question about pupils
news = “{ $project }”: news about pupils
pupils-asked = { about } { $count ->
    [one] { $by } asks to bring one of your pupils into its TwinSpace.
   *[other] { $by } asks to bring { $count } of your pupils into its TwinSpace.
}
    .subject = { question }
pupils-asked-of-service = { about } { $count ->
    [one] A teacher asks for a pupil whose custodian no longer has an account.
   *[other] A teacher asks for { $count } pupils whose custodians no longer have an account.
}
    .subject = { question }
pupil-accepted = { about } The custodian of a pupil accepted your request: the pupil is now a member.
    .subject = { news }
pupil-declined = { about } The custodian of a pupil declined your request.
    .subject = { news }
pupil-granted = { about } The support service granted your request for a pupil: the pupil is now a member, and you are the custodian.
    .subject = { news }
pupil-refused = { about } The support service declined your request for a pupil.
    .subject = { news }
custody-offered = { about } { $by } asks you to take over custody of a pupil.
    .subject = { question }
custody-declined = { about } The teacher to whom you offered custody of a pupil declined.
    .subject = { news }
takeover-asked = { about } A teacher asks to take over custody of one of your pupils. This takes effect in seven days unless you object.
    .subject = { question }
takeover-asked-of-service = { about } A teacher asks to take over custody of a pupil whose custodian no longer teaches there.
    .subject = { question }
takeover-objected = { about } The custodian objected. The support service of the pupil’s country will decide.
    .subject = { news }
takeover-refused = { about } The support service decided that custody of the pupil does not change.
    .subject = { news }
custody-gained = { about } You are now the custodian of another pupil.
    .subject = { news }
custody-lost = { about } Custody of one of your pupils has been transferred to another teacher.
    .subject = { news }

# A mail from an earlier version of the server: $what is an English sentence.
sentence = { about } { $what }
    .subject = “{ $project }”: news
