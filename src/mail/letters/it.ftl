# The mails in Italian. The reader is addressed as “Lei”.

hello = Buongiorno, { $name }!
greeting = Buongiorno!
desktop = Può trovarlo sulla Sua scrivania:
ignore = Se non è stata una Sua richiesta, può ignorare questo messaggio: non cambierà nulla.
token = Se usa l’API, passi questo codice a { $mutation }:

## The account

verify-email = Le diamo il benvenuto su TwinSpace! Apra questo link entro 24 ore per confermare il Suo indirizzo:
    .subject = Confermi il Suo indirizzo e-mail
already-registered = Qualcuno, probabilmente Lei, ha cercato di registrare un account con questo indirizzo. Lei ne ha già uno: acceda oppure richieda una nuova password se ha dimenticato la Sua.
    .subject = Lei ha già un account
become-teacher = Qualcuno, probabilmente Lei, ha chiesto la registrazione come docente con l’indirizzo del Suo account ospite. Apra questo link entro 24 ore per confermarla con la password scelta al momento della registrazione. Tutte le Sue partecipazioni rimangono:
    .subject = Confermi la Sua registrazione come docente
admitted = La Sua registrazione come docente è stata accettata. Ora può trovare altri docenti e fondare progetti:
    .subject = La Sua registrazione come docente è stata accettata
declined = La Sua registrazione come docente non è stata accettata. Il motivo indicato:
    .subject = La Sua registrazione come docente non è stata accettata
    .link = Può registrarsi di nuovo, per esempio con un indirizzo della Sua scuola:
reset-password = Qualcuno, probabilmente Lei, ha richiesto una nuova password. Apra questo link entro un’ora per sceglierla:
    .subject = Scelga una nuova password
change-email = Qualcuno, probabilmente Lei, ha chiesto di usare d’ora in poi questo indirizzo per accedere. Apra questo link entro 24 ore per confermarlo:
    .subject = Confermi il Suo nuovo indirizzo e-mail
email-changing = Qualcuno, probabilmente Lei, ha chiesto di usare un altro indirizzo per accedere. A quell’indirizzo è stato inviato un link di conferma. Se non è stata una Sua richiesta, qualcuno conosce la Sua password: acceda e la cambi subito; in questo modo anche il link viene annullato.
    .subject = Il Suo indirizzo e-mail sta per cambiare

## Invitations

invitation = { $by } La invita al progetto «{ $project }» { role }.
    .subject = { $by } La invita a «{ $project }»
    .link = Apra questo link per accettare:
invitation-from-pupil = Ha ricevuto un invito al progetto «{ $project }» { role }.
    .subject = Ha ricevuto un invito a «{ $project }»
    .link = Apra questo link per accettare:
role = { $role ->
    [teacher-admin] come docente con funzioni di amministrazione
    [teacher] come docente
    [pupil-admin] come studente o studentessa con funzioni di amministrazione
    [pupil] come studente o studentessa
   *[visitor] come ospite in visita
}
ignore-invitation = Se non aspettava questo invito, può ignorare questo messaggio.

## Contacts and messages

contact-request = { $by } desidera far parte dei Suoi contatti.
    .subject = { $by } desidera far parte dei Suoi contatti
    .link = Può trovare la richiesta sulla Sua scrivania:
message = Un membro del TwinSpace «{ $project }» Le ha inviato un messaggio.
    .subject = Ha un nuovo messaggio
    .link = Può trovare il messaggio nella Sua posta in arrivo:

## Projects

waiting = «{ $project }» attende una Sua risposta
founding-proposed = { $by } La invita a fondare insieme il progetto.
    .subject = { waiting }
founding-accepted = { $by } ha accettato. Ora decideranno i servizi di supporto.
    .subject = «{ $project }»: collaborazione accettata
founding-declined = { $by } ha rifiutato. Può rivedere il progetto e inviarlo di nuovo.
    .subject = «{ $project }»: collaborazione rifiutata
proposer-erased = L’account di chi ha proposto il progetto è stato cancellato, perciò il progetto è stato ritirato.
    .subject = «{ $project }»: progetto ritirato
cofounder-erased = L’account della persona con cui voleva fondare il progetto è stato cancellato. Può scegliere un’altra persona e inviare di nuovo il progetto.
    .subject = «{ $project }»: manca l’altra persona fondatrice
approval-asked = Il progetto attende una decisione del Suo servizio di supporto.
    .subject = { waiting }
approved = Il progetto è stato approvato e il suo TwinSpace è aperto.
    .subject = «{ $project }»: progetto approvato
not-approved = Un servizio di supporto non ha approvato il progetto. Il motivo è indicato nel progetto.
    .subject = «{ $project }»: progetto non approvato
label-applied = { $by } ha richiesto il certificato di qualità.
    .subject = { waiting }
label-granted = Ha ottenuto il certificato di qualità. Congratulazioni!
    .subject = «{ $project }»: certificato di qualità ottenuto
label-refused = La Sua richiesta del certificato di qualità è stata respinta. Il motivo è indicato nella richiesta.
    .subject = «{ $project }»: certificato di qualità respinto
nominated = Il progetto è stato candidato al certificato europeo. Congratulazioni!
    .subject = «{ $project }»: candidato al certificato europeo
succession-asked = Una proposta di trasferire i poteri di una persona fondatrice che non c’è più attende la Sua decisione.
    .subject = { waiting }
succession-proposed = Lei ha lasciato il TwinSpace del progetto. I Suoi poteri di fondazione potrebbero essere trasferiti a un’altra persona.
    .subject = «{ $project }»: proposta di trasferire i Suoi poteri di fondazione
powers = «{ $project }»: decisione sui poteri di fondazione
succession-approved = I poteri di fondazione sono stati trasferiti alla persona che Lei ha proposto.
    .subject = { powers }
succession-refused = I poteri di fondazione non sono stati trasferiti. Il motivo è indicato nel progetto.
    .subject = { powers }
powers-lost = I Suoi poteri di fondazione sono stati trasferiti a un’altra persona.
    .subject = { powers }
powers-kept = Lei mantiene i Suoi poteri di fondazione.
    .subject = { powers }
powers-gained = Ora ha poteri di fondazione nel progetto.
    .subject = { powers }

## Pupils, whose names are never in a mail

about = Si tratta del progetto «{ $project }».
question = «{ $project }»: una domanda su studenti e studentesse
news = «{ $project }»: novità su studenti e studentesse
pupils-asked = { about } { $count ->
    [one] { $by } chiede di far entrare nel suo TwinSpace uno studente o una studentessa di cui Lei è responsabile.
   *[other] { $by } chiede di far entrare nel suo TwinSpace { $count } studenti e studentesse di cui Lei è responsabile.
}
    .subject = { question }
pupils-asked-of-service = { about } { $count ->
    [one] Si chiede di far entrare uno studente o una studentessa il cui responsabile non ha più un account.
   *[other] Si chiede di far entrare { $count } studenti e studentesse i cui responsabili non hanno più un account.
}
    .subject = { question }
pupil-accepted = { about } La persona responsabile di uno studente o di una studentessa ha accettato la Sua richiesta: ora fa parte del TwinSpace.
    .subject = { news }
pupil-declined = { about } La persona responsabile di uno studente o di una studentessa ha rifiutato la Sua richiesta.
    .subject = { news }
pupil-granted = { about } Il servizio di supporto ha accolto la Sua richiesta: lo studente o la studentessa ora fa parte del TwinSpace, e Lei ne è responsabile.
    .subject = { news }
pupil-refused = { about } Il servizio di supporto ha respinto la Sua richiesta per uno studente o una studentessa.
    .subject = { news }
custody-offered = { about } { $by } Le chiede di assumere la responsabilità di uno studente o di una studentessa.
    .subject = { question }
custody-declined = { about } La persona a cui Lei ha offerto la responsabilità di uno studente o di una studentessa ha rifiutato.
    .subject = { news }
takeover-asked = { about } Un membro del corpo docente chiede di assumere la responsabilità di uno studente o di una studentessa di cui Lei è responsabile. Avrà effetto fra sette giorni, a meno che Lei non si opponga.
    .subject = { question }
takeover-asked-of-service = { about } Un membro del corpo docente chiede di assumere la responsabilità di uno studente o di una studentessa il cui responsabile non insegna più lì.
    .subject = { question }
takeover-objected = { about } La persona responsabile si è opposta. Deciderà il servizio di supporto del paese dello studente o della studentessa.
    .subject = { news }
takeover-refused = { about } Il servizio di supporto ha deciso che la responsabilità dello studente o della studentessa non cambia.
    .subject = { news }
custody-gained = { about } Ora Lei è responsabile di un altro studente o di un’altra studentessa.
    .subject = { news }
custody-lost = { about } La responsabilità di uno studente o di una studentessa è stata trasferita da Lei a un altro membro del corpo docente.
    .subject = { news }

sentence = { about } { $what }
    .subject = «{ $project }»: novità
