# The mails in European Portuguese. The reader is addressed in the third person, without a pronoun.

hello = Olá, { $name }!
greeting = Olá!
desktop = Pode encontrá-lo na sua área de trabalho:
ignore = Se não fez este pedido, pode ignorar esta mensagem: nada mudará.
token = Se utiliza a API, passe este código a { $mutation }:

## The account

verify-email = Damos-lhe as boas-vindas ao TwinSpace! Abra esta ligação no prazo de 24 horas para confirmar o seu endereço:
    .subject = Confirme o seu endereço de correio eletrónico
already-registered = Alguém, provavelmente quem lê esta mensagem, tentou registar uma conta com este endereço. Já tem uma: inicie sessão ou peça uma nova palavra-passe, caso tenha esquecido a sua.
    .subject = Já tem uma conta
become-teacher = Alguém, provavelmente quem lê esta mensagem, registou-se como docente com o endereço da sua conta de convite. Abra esta ligação no prazo de 24 horas para o confirmar com a palavra-passe escolhida no registo. Todas as suas participações se mantêm:
    .subject = Confirme o seu registo como docente
admitted = O seu registo como docente foi aceite. Já pode encontrar outros docentes e fundar projetos:
    .subject = O seu registo como docente foi aceite
declined = O seu registo como docente não foi aceite. O motivo indicado:
    .subject = O seu registo como docente não foi aceite
    .link = Pode registar-se novamente, por exemplo com um endereço da sua escola:
reset-password = Alguém, provavelmente quem lê esta mensagem, pediu uma nova palavra-passe. Abra esta ligação no prazo de uma hora para a escolher:
    .subject = Escolha uma nova palavra-passe
change-email = Alguém, provavelmente quem lê esta mensagem, pediu para passar a iniciar sessão com este endereço. Abra esta ligação no prazo de 24 horas para o confirmar:
    .subject = Confirme o seu novo endereço de correio eletrónico
email-changing = Alguém, provavelmente quem lê esta mensagem, pediu para iniciar sessão com outro endereço. Foi enviada uma ligação de confirmação para esse endereço. Se não fez este pedido, alguém conhece a sua palavra-passe: inicie sessão e mude-a imediatamente, o que também anula a ligação.
    .subject = O seu endereço de correio eletrónico vai mudar

## Invitations

invitation = { $by } envia-lhe um convite para o projeto «{ $project }» { role }.
    .subject = Convite de { $by } para «{ $project }»
    .link = Abra esta ligação para aceitar:
invitation-from-pupil = Recebeu um convite para o projeto «{ $project }» { role }.
    .subject = Recebeu um convite para «{ $project }»
    .link = Abra esta ligação para aceitar:
role = { $role ->
    [teacher-admin] como docente com funções de administração
    [teacher] como docente
    [pupil-admin] como estudante com funções de administração
    [pupil] como estudante
   *[visitor] como visitante
}
ignore-invitation = Se não esperava este convite, pode ignorar esta mensagem.

## Contacts and messages

contact-request = { $by } gostaria de fazer parte dos seus contactos.
    .subject = { $by } gostaria de fazer parte dos seus contactos
    .link = Pode encontrar o pedido na sua área de trabalho:
message = Um membro do TwinSpace «{ $project }» enviou-lhe uma mensagem.
    .subject = Tem uma nova mensagem
    .link = Pode encontrar a mensagem na sua caixa de entrada:

## Projects

waiting = «{ $project }» aguarda a sua resposta
founding-proposed = { $by } propõe-lhe que fundem o projeto em conjunto.
    .subject = { waiting }
founding-accepted = { $by } aceitou. Agora decidirão os serviços de apoio.
    .subject = «{ $project }»: parceria aceite
founding-declined = { $by } recusou. Pode rever o projeto e enviá-lo novamente.
    .subject = «{ $project }»: parceria recusada
proposer-erased = A conta de quem propôs o projeto foi apagada, pelo que o projeto foi retirado.
    .subject = «{ $project }»: projeto retirado
cofounder-erased = A conta da pessoa com quem queria fundar o projeto foi apagada. Pode escolher outra pessoa e enviar o projeto novamente.
    .subject = «{ $project }»: falta a outra pessoa fundadora
approval-asked = O projeto aguarda uma decisão do seu serviço de apoio.
    .subject = { waiting }
approved = O projeto foi aprovado e o seu TwinSpace está aberto.
    .subject = «{ $project }»: projeto aprovado
not-approved = Um serviço de apoio não aprovou o projeto. O motivo está indicado no projeto.
    .subject = «{ $project }»: projeto não aprovado
label-applied = { $by } candidatou-se ao selo de qualidade.
    .subject = { waiting }
label-granted = Foi-lhe atribuído o selo de qualidade. Parabéns!
    .subject = «{ $project }»: selo de qualidade atribuído
label-refused = A sua candidatura ao selo de qualidade foi recusada. O motivo está indicado na candidatura.
    .subject = «{ $project }»: selo de qualidade recusado
nominated = O projeto foi nomeado para o selo europeu. Parabéns!
    .subject = «{ $project }»: nomeado para o selo europeu
succession-asked = Uma proposta para transferir os poderes de uma pessoa fundadora que saiu aguarda a sua decisão.
    .subject = { waiting }
succession-proposed = Deixou o TwinSpace do projeto. Os seus poderes de fundação poderão ser transferidos para outra pessoa.
    .subject = «{ $project }»: proposta para transferir os seus poderes de fundação
powers = «{ $project }»: decisão sobre poderes de fundação
succession-approved = Os poderes de fundação foram transferidos para a pessoa que propôs.
    .subject = { powers }
succession-refused = Os poderes de fundação não foram transferidos. O motivo está indicado no projeto.
    .subject = { powers }
powers-lost = Os seus poderes de fundação foram transferidos para outra pessoa.
    .subject = { powers }
powers-kept = Mantém os seus poderes de fundação.
    .subject = { powers }
powers-gained = Tem agora poderes de fundação no projeto.
    .subject = { powers }

## Pupils, whose names are never in a mail

about = Trata-se do projeto «{ $project }».
question = «{ $project }»: uma pergunta sobre estudantes
news = «{ $project }»: novidades sobre estudantes
pupils-asked = { about } { $count ->
    [one] { $by } pede para incluir no respetivo TwinSpace um ou uma estudante à sua responsabilidade.
   *[other] { $by } pede para incluir no respetivo TwinSpace { $count } estudantes à sua responsabilidade.
}
    .subject = { question }
pupils-asked-of-service = { about } { $count ->
    [one] Há um pedido para incluir um ou uma estudante cujo responsável já não tem conta.
   *[other] Há um pedido para incluir { $count } estudantes cujos responsáveis já não têm conta.
}
    .subject = { question }
pupil-accepted = { about } O seu pedido foi aceite por quem é responsável: o ou a estudante já é membro.
    .subject = { news }
pupil-declined = { about } O seu pedido sobre um ou uma estudante foi recusado por quem é responsável.
    .subject = { news }
pupil-granted = { about } O serviço de apoio aceitou o seu pedido: o ou a estudante já é membro e está à sua responsabilidade.
    .subject = { news }
pupil-refused = { about } O serviço de apoio recusou o seu pedido sobre um ou uma estudante.
    .subject = { news }
custody-offered = { about } { $by } pede-lhe que assuma a responsabilidade por um ou uma estudante.
    .subject = { question }
custody-declined = { about } A pessoa a quem ofereceu a responsabilidade por um ou uma estudante recusou.
    .subject = { news }
takeover-asked = { about } Um membro do corpo docente pede para assumir a responsabilidade por um ou uma estudante à sua responsabilidade. A mudança terá efeito dentro de sete dias, a menos que se oponha.
    .subject = { question }
takeover-asked-of-service = { about } Um membro do corpo docente pede para assumir a responsabilidade por um ou uma estudante cujo responsável já não ensina ali.
    .subject = { question }
takeover-objected = { about } A pessoa responsável opôs-se. Decidirá o serviço de apoio do país do ou da estudante.
    .subject = { news }
takeover-refused = { about } O serviço de apoio decidiu que a responsabilidade pelo ou pela estudante não muda.
    .subject = { news }
custody-gained = { about } Tem agora mais um ou uma estudante à sua responsabilidade.
    .subject = { news }
custody-lost = { about } A responsabilidade por um ou uma estudante foi transferida para outro membro do corpo docente.
    .subject = { news }

sentence = { about } { $what }
    .subject = «{ $project }»: novidades
