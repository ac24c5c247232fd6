# The mails in French. The reader is addressed as “vous”. No-break spaces stand before colons and within quotation
# marks.

hello = Bonjour { $name },
greeting = Bonjour,
desktop = Vous trouverez cela sur votre bureau :
ignore = Si ce n’était pas vous, vous pouvez ignorer ce message : rien ne changera.
token = Si vous utilisez l’API, transmettez ce jeton à { $mutation } :

## The account

verify-email = Bienvenue sur TwinSpace ! Ouvrez ce lien dans les 24 heures pour confirmer votre adresse :
    .subject = Confirmez votre adresse électronique
already-registered = Quelqu’un, probablement vous, a essayé de créer un compte avec cette adresse. Vous en avez déjà un : connectez-vous, ou demandez un nouveau mot de passe si vous avez oublié le vôtre.
    .subject = Vous avez déjà un compte
become-teacher = Quelqu’un, probablement vous, s’est inscrit dans le corps enseignant avec l’adresse de votre compte invité. Ouvrez ce lien dans les 24 heures pour le confirmer avec le mot de passe choisi lors de l’inscription. Vous restez membre partout où vous l’êtes :
    .subject = Confirmez votre inscription dans le corps enseignant
admitted = Votre inscription dans le corps enseignant a été acceptée. Vous pouvez maintenant trouver d’autres collègues et fonder des projets :
    .subject = Votre inscription a été acceptée
declined = Votre inscription dans le corps enseignant n’a pas été acceptée. La raison indiquée :
    .subject = Votre inscription n’a pas été acceptée
    .link = Vous pouvez vous inscrire à nouveau, par exemple avec une adresse de votre établissement :
reset-password = Quelqu’un, probablement vous, a demandé un nouveau mot de passe. Ouvrez ce lien dans l’heure pour le choisir :
    .subject = Choisissez un nouveau mot de passe
change-email = Quelqu’un, probablement vous, a demandé à se connecter désormais avec cette adresse. Ouvrez ce lien dans les 24 heures pour le confirmer :
    .subject = Confirmez votre nouvelle adresse électronique
email-changing = Quelqu’un, probablement vous, a demandé à se connecter avec une autre adresse. Un lien de confirmation a été envoyé à cette adresse. Si ce n’était pas vous, quelqu’un connaît votre mot de passe : connectez-vous et changez-le immédiatement, ce qui annule aussi le lien.
    .subject = Votre adresse électronique va changer

## Invitations

invitation = { $by } vous invite au projet « { $project } » { role }.
    .subject = { $by } vous invite à « { $project } »
    .link = Ouvrez ce lien pour accepter :
invitation-from-pupil = Vous avez reçu une invitation au projet « { $project } » { role }.
    .subject = Vous avez reçu une invitation à « { $project } »
    .link = Ouvrez ce lien pour accepter :
role = { $role ->
    [teacher-admin] au titre du corps enseignant, avec des droits d’administration
    [teacher] au titre du corps enseignant
    [pupil-admin] comme élève, avec des droits d’administration
    [pupil] comme élève
   *[visitor] pour une visite
}
ignore-invitation = Si vous n’attendiez pas cette invitation, vous pouvez ignorer ce message.

## Contacts and messages

contact-request = { $by } souhaite faire partie de vos contacts.
    .subject = { $by } souhaite faire partie de vos contacts
    .link = Vous trouverez la demande sur votre bureau :
message = Un membre du TwinSpace « { $project } » vous a envoyé un message.
    .subject = Vous avez un nouveau message
    .link = Vous trouverez le message dans votre boîte de réception :

## Projects

waiting = « { $project } » vous attend
founding-proposed = { $by } vous invite à fonder le projet ensemble.
    .subject = { waiting }
founding-accepted = { $by } a accepté. La décision revient maintenant aux services d’appui.
    .subject = « { $project } » : partenariat accepté
founding-declined = { $by } a refusé. Vous pouvez modifier le projet et l’envoyer à nouveau.
    .subject = « { $project } » : partenariat refusé
proposer-erased = Le compte à l’origine de la proposition a été effacé : le projet a donc été retiré.
    .subject = « { $project } » : projet retiré
cofounder-erased = Le compte de votre partenaire a été effacé. Vous pouvez choisir une autre personne et envoyer le projet à nouveau.
    .subject = « { $project } » : votre partenaire n’est plus là
approval-asked = Le projet attend une décision de votre service d’appui.
    .subject = { waiting }
approved = Le projet a été approuvé et son TwinSpace est ouvert.
    .subject = « { $project } » : projet approuvé
not-approved = Un service d’appui n’a pas approuvé le projet. La raison est indiquée sur le projet.
    .subject = « { $project } » : projet non approuvé
label-applied = { $by } a demandé le label de qualité.
    .subject = { waiting }
label-granted = Le label de qualité vous a été accordé. Félicitations !
    .subject = « { $project } » : label de qualité accordé
label-refused = Votre demande de label de qualité a été refusée. La raison est indiquée sur votre demande.
    .subject = « { $project } » : label de qualité refusé
nominated = Le projet a été nommé pour le label européen. Félicitations !
    .subject = « { $project } » : projet nommé pour le label européen
succession-asked = Une proposition de transférer les pouvoirs de fondation d’une personne qui est partie attend votre décision.
    .subject = { waiting }
succession-proposed = Vous avez quitté le TwinSpace du projet. Vos pouvoirs de fondation pourraient être transférés à un autre partenaire.
    .subject = « { $project } » : proposition de transférer vos pouvoirs de fondation
powers = « { $project } » : décision sur des pouvoirs de fondation
succession-approved = Les pouvoirs de fondation ont été transférés à la personne que vous avez proposée.
    .subject = { powers }
succession-refused = Les pouvoirs de fondation n’ont pas été transférés. La raison est indiquée sur le projet.
    .subject = { powers }
powers-lost = Vos pouvoirs de fondation ont été transférés à un autre partenaire.
    .subject = { powers }
powers-kept = Vous gardez vos pouvoirs de fondation.
    .subject = { powers }
powers-gained = Vous avez maintenant des pouvoirs de fondation dans le projet.
    .subject = { powers }

## Pupils, whose names are never in a mail

about = Il s’agit du projet « { $project } ».
question = « { $project } » : une question à propos d’élèves
news = « { $project } » : des nouvelles à propos d’élèves
pupils-asked = { about } { $count ->
    [one] { $by } demande à faire entrer dans son TwinSpace un ou une élève dont vous êtes responsable.
   *[other] { $by } demande à faire entrer dans son TwinSpace { $count } élèves dont vous êtes responsable.
}
    .subject = { question }
pupils-asked-of-service = { about } { $count ->
    [one] Une demande concerne un ou une élève dont la personne responsable n’a plus de compte.
   *[other] Une demande concerne { $count } élèves dont les responsables n’ont plus de compte.
}
    .subject = { question }
pupil-accepted = { about } La personne responsable a accepté votre demande : l’élève est maintenant membre.
    .subject = { news }
pupil-declined = { about } La personne responsable a refusé votre demande pour un ou une élève.
    .subject = { news }
pupil-granted = { about } Le service d’appui a accepté votre demande : l’élève est maintenant membre, et vous en êtes responsable.
    .subject = { news }
pupil-refused = { about } Le service d’appui a refusé votre demande pour un ou une élève.
    .subject = { news }
custody-offered = { about } { $by } vous demande de prendre la responsabilité d’un ou d’une élève.
    .subject = { question }
custody-declined = { about } La personne à qui vous avez proposé la responsabilité d’un ou d’une élève a refusé.
    .subject = { news }
takeover-asked = { about } Une personne du corps enseignant demande à prendre la responsabilité d’un ou d’une de vos élèves. Cela prendra effet dans sept jours, sauf si vous vous y opposez.
    .subject = { question }
takeover-asked-of-service = { about } Une personne du corps enseignant demande à prendre la responsabilité d’un ou d’une élève dont la personne responsable n’y enseigne plus.
    .subject = { question }
takeover-objected = { about } La personne responsable s’est opposée. La décision revient au service d’appui du pays de l’élève.
    .subject = { news }
takeover-refused = { about } Le service d’appui a décidé que la responsabilité de l’élève ne change pas.
    .subject = { news }
custody-gained = { about } Vous êtes maintenant responsable d’un ou d’une élève de plus.
    .subject = { news }
custody-lost = { about } La responsabilité d’un ou d’une de vos élèves a été transférée à une autre personne du corps enseignant.
    .subject = { news }

sentence = { about } { $what }
    .subject = « { $project } » : des nouvelles
