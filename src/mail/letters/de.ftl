# The mails in German. The reader is addressed as “Sie”.

hello = Guten Tag, { $name }!
greeting = Guten Tag!
desktop = Sie finden das auf Ihrem Schreibtisch:
ignore = Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren: Es ändert sich nichts.
token = Wenn Sie die API verwenden, übergeben Sie dieses Token an { $mutation }:

## The account

verify-email = Willkommen bei TwinSpace! Öffnen Sie innerhalb von 24 Stunden diesen Link, um Ihre Adresse zu bestätigen:
    .subject = Bestätigen Sie Ihre E-Mail-Adresse
already-registered = Jemand, wahrscheinlich Sie, wollte mit dieser Adresse ein Konto registrieren. Sie haben bereits eines: Melden Sie sich an, oder fordern Sie ein neues Passwort an, wenn Sie Ihres vergessen haben.
    .subject = Sie haben bereits ein Konto
become-teacher = Jemand, wahrscheinlich Sie, hat sich mit der Adresse Ihres Gastkontos als Lehrkraft registriert. Öffnen Sie innerhalb von 24 Stunden diesen Link, um das mit dem Passwort zu bestätigen, das bei der Registrierung gewählt wurde. Alle Ihre Mitgliedschaften bleiben erhalten:
    .subject = Bestätigen Sie Ihre Registrierung als Lehrkraft
admitted = Ihre Registrierung als Lehrkraft wurde angenommen. Sie können jetzt andere Lehrkräfte finden und Projekte gründen:
    .subject = Sie sind als Lehrkraft zugelassen
declined = Ihre Registrierung als Lehrkraft wurde nicht angenommen. Die angegebene Begründung:
    .subject = Sie sind nicht als Lehrkraft zugelassen
    .link = Sie können sich erneut registrieren, zum Beispiel mit einer Adresse Ihrer Schule:
reset-password = Jemand, wahrscheinlich Sie, hat ein neues Passwort angefordert. Öffnen Sie innerhalb einer Stunde diesen Link, um es zu wählen:
    .subject = Wählen Sie ein neues Passwort
change-email = Jemand, wahrscheinlich Sie, möchte sich künftig mit dieser Adresse anmelden. Öffnen Sie innerhalb von 24 Stunden diesen Link, um das zu bestätigen:
    .subject = Bestätigen Sie Ihre neue E-Mail-Adresse
email-changing = Jemand, wahrscheinlich Sie, möchte sich künftig mit einer anderen Adresse anmelden. An diese Adresse wurde ein Link zur Bestätigung gesendet. Wenn Sie das nicht waren, kennt jemand Ihr Passwort: Melden Sie sich an und ändern Sie es sofort; damit wird auch der Link ungültig.
    .subject = Ihre E-Mail-Adresse wird bald geändert

## Invitations

invitation = { $by } lädt Sie { role } zum Projekt „{ $project }“ ein.
    .subject = { $by } lädt Sie zu „{ $project }“ ein
    .link = Öffnen Sie diesen Link, um die Einladung anzunehmen:
invitation-from-pupil = Sie wurden { role } zum Projekt „{ $project }“ eingeladen.
    .subject = Sie wurden zu „{ $project }“ eingeladen
    .link = Öffnen Sie diesen Link, um die Einladung anzunehmen:
role = { $role ->
    [teacher-admin] als Lehrkraft mit Verwaltungsrechten
    [teacher] als Lehrkraft
    [pupil-admin] als Schülerin oder Schüler mit Verwaltungsrechten
    [pupil] als Schülerin oder Schüler
   *[visitor] zum Besuch
}
ignore-invitation = Wenn Sie diese Einladung nicht erwartet haben, können Sie diese E-Mail ignorieren.

## Contacts and messages

contact-request = { $by } möchte mit Ihnen in Kontakt treten.
    .subject = { $by } möchte mit Ihnen in Kontakt treten
    .link = Sie finden die Anfrage auf Ihrem Schreibtisch:
message = Ein Mitglied des TwinSpace „{ $project }“ hat Ihnen eine Nachricht gesendet.
    .subject = Sie haben eine neue Nachricht
    .link = Sie finden die Nachricht in Ihrem Posteingang:

## Projects

waiting = „{ $project }“ wartet auf Sie
founding-proposed = { $by } lädt Sie ein, das Projekt gemeinsam zu gründen.
    .subject = { waiting }
founding-accepted = { $by } hat zugesagt. Als Nächstes entscheiden die Servicestellen.
    .subject = „{ $project }“: Zusage zur Partnerschaft
founding-declined = { $by } hat abgesagt. Sie können das Projekt überarbeiten und erneut senden.
    .subject = „{ $project }“: Absage zur Partnerschaft
proposer-erased = Das Konto, von dem der Vorschlag stammt, wurde gelöscht. Deshalb wurde das Projekt zurückgezogen.
    .subject = „{ $project }“: zurückgezogen
cofounder-erased = Das Konto, mit dem Sie das Projekt gründen wollten, wurde gelöscht. Sie können eine andere Person auswählen und das Projekt erneut senden.
    .subject = „{ $project }“: Ihre Partnerschaft besteht nicht mehr
approval-asked = Das Projekt wartet auf eine Entscheidung Ihrer Servicestelle.
    .subject = { waiting }
approved = Das Projekt wurde genehmigt, und sein TwinSpace ist geöffnet.
    .subject = „{ $project }“: genehmigt
not-approved = Eine Servicestelle hat das Projekt nicht genehmigt. Die Begründung steht beim Projekt.
    .subject = „{ $project }“: nicht genehmigt
label-applied = { $by } hat das Qualitätssiegel beantragt.
    .subject = { waiting }
label-granted = Sie haben das Qualitätssiegel erhalten. Herzlichen Glückwunsch!
    .subject = „{ $project }“: Qualitätssiegel erhalten
label-refused = Ihr Antrag auf das Qualitätssiegel wurde abgelehnt. Die Begründung steht bei Ihrem Antrag.
    .subject = „{ $project }“: Qualitätssiegel abgelehnt
nominated = Das Projekt wurde für das Europäische Siegel nominiert. Herzlichen Glückwunsch!
    .subject = „{ $project }“: für das Europäische Siegel nominiert
succession-asked = Ein Vorschlag, die Gründungsrechte einer Person zu übertragen, die nicht mehr dabei ist, wartet auf Ihre Entscheidung.
    .subject = { waiting }
succession-proposed = Sie haben den TwinSpace des Projekts verlassen. Ihre Gründungsrechte könnten einem anderen Mitglied der Partnerschaft übertragen werden.
    .subject = „{ $project }“: Vorschlag, Ihre Gründungsrechte zu übertragen
powers = „{ $project }“: Entscheidung über Gründungsrechte
succession-approved = Die Gründungsrechte wurden der Person übertragen, die Sie vorgeschlagen haben.
    .subject = { powers }
succession-refused = Die Gründungsrechte wurden nicht übertragen. Die Begründung steht beim Projekt.
    .subject = { powers }
powers-lost = Ihre Gründungsrechte wurden einem anderen Mitglied der Partnerschaft übertragen.
    .subject = { powers }
powers-kept = Sie behalten Ihre Gründungsrechte.
    .subject = { powers }
powers-gained = Sie haben jetzt Gründungsrechte im Projekt.
    .subject = { powers }

## Pupils, whose names are never in a mail

about = Es geht um das Projekt „{ $project }“.
question = „{ $project }“: eine Frage zu Schülerinnen und Schülern
news = „{ $project }“: Neues zu Schülerinnen und Schülern
pupils-asked = { about } { $count ->
    [one] { $by } bittet darum, eines der Kinder, für die Sie verantwortlich sind, in dessen TwinSpace aufzunehmen.
   *[other] { $by } bittet darum, { $count } der Kinder, für die Sie verantwortlich sind, in dessen TwinSpace aufzunehmen.
}
    .subject = { question }
pupils-asked-of-service = { about } { $count ->
    [one] Eine Lehrkraft bittet um die Aufnahme eines Kindes, dessen verantwortliche Lehrkraft kein Konto mehr hat.
   *[other] Eine Lehrkraft bittet um die Aufnahme von { $count } Kindern, deren verantwortliche Lehrkräfte kein Konto mehr haben.
}
    .subject = { question }
pupil-accepted = { about } Die verantwortliche Lehrkraft eines Kindes hat Ihre Anfrage angenommen: Das Kind ist jetzt Mitglied.
    .subject = { news }
pupil-declined = { about } Die verantwortliche Lehrkraft eines Kindes hat Ihre Anfrage abgelehnt.
    .subject = { news }
pupil-granted = { about } Die Servicestelle hat Ihrer Anfrage zu einem Kind stattgegeben: Das Kind ist jetzt Mitglied, und Sie sind für das Kind verantwortlich.
    .subject = { news }
pupil-refused = { about } Die Servicestelle hat Ihre Anfrage zu einem Kind abgelehnt.
    .subject = { news }
custody-offered = { about } { $by } bittet Sie, die Verantwortung für ein Kind zu übernehmen.
    .subject = { question }
custody-declined = { about } Die Lehrkraft, der Sie die Verantwortung für ein Kind angeboten haben, hat abgelehnt.
    .subject = { news }
takeover-asked = { about } Eine Lehrkraft möchte die Verantwortung für eines der Kinder übernehmen, für die Sie verantwortlich sind. Das wird in sieben Tagen wirksam, wenn Sie nicht widersprechen.
    .subject = { question }
takeover-asked-of-service = { about } Eine Lehrkraft möchte die Verantwortung für ein Kind übernehmen, dessen verantwortliche Lehrkraft dort nicht mehr unterrichtet.
    .subject = { question }
takeover-objected = { about } Die verantwortliche Lehrkraft hat widersprochen. Die Servicestelle im Land des Kindes entscheidet.
    .subject = { news }
takeover-refused = { about } Die Servicestelle hat entschieden, dass die Verantwortung für das Kind nicht wechselt.
    .subject = { news }
custody-gained = { about } Sie sind jetzt für ein weiteres Kind verantwortlich.
    .subject = { news }
custody-lost = { about } Die Verantwortung für eines der Kinder, für die Sie verantwortlich waren, wurde einer anderen Lehrkraft übertragen.
    .subject = { news }

sentence = { about } { $what }
    .subject = „{ $project }“: Neues
