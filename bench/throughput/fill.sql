-- Fills the server's own tables, which `twinspace migrate` made, from the schema `source`.
-- For a database that is thrown away: anybody can work out the tokens of its sessions.
create function pg_temp.key(id bigint) returns uuid language sql immutable as
$$ select ('01940000-0000-7000-8000-' || lpad(to_hex(id), 12, '0'))::uuid $$;

insert into school (id, name, town, region, country, identity_key, alike_key)
select pg_temp.key(id), name, city, '', country_code, id::text, id::text from source.schools;

insert into account (id, kind, email, username, password_hash, name, name_key, school_id, profile, verified_at, created_at)
select pg_temp.key(id), kind, case kind when 'teacher' then email end, case kind when 'pupil' then 'pupil' || id end,
       '!', name, lower(name), pg_temp.key(school_id), '', case kind when 'teacher' then created_at end, created_at
from source.users;

create temp table membership as select * from source.memberships;
create index on membership (project_id, role, id);
analyze membership;

-- Drafts have no TwinSpace: they are active here. The first partner is the second founder.
insert into project (id, state, proposer_id, cofounder_id, title, title_key, short_description, aims, work_process,
                     expected_results, languages, subjects, tools, created_at, state_since, edited_at)
select pg_temp.key(id), case status when 'closed' then 'closed' else 'active' end, pg_temp.key(founder_id),
       (select pg_temp.key(m.user_id) from membership m
        where m.project_id = p.id and m.role = 'partner' order by m.id limit 1),
       title, lower(title), summary, summary, '', '', '["en"]', '["art"]', '', created_at, created_at, created_at
from source.projects p;

insert into partner (id, project_id, account_id, role, founder, created_at)
select pg_temp.key(m.id), p.id, pg_temp.key(m.user_id),
       case when m.role = 'founder' or pg_temp.key(m.user_id) = p.cofounder_id then 'manager' else 'member' end,
       m.role = 'founder' or pg_temp.key(m.user_id) = p.cofounder_id, m.created_at
from membership m join project p on p.id = pg_temp.key(m.project_id)
where m.role in ('founder', 'partner');

insert into member (id, project_id, account_id, role, inviter_id, name_key, joined_at, last_seen_at, last_access_on)
select pg_temp.key(m.id), pg_temp.key(project_id), pg_temp.key(user_id),
       case role when 'founder' then 'teacher_admin' when 'partner' then 'teacher_admin' else role end,
       pg_temp.key(invited_by), a.name_key, m.created_at, last_access,
       coalesce((last_access at time zone 'UTC')::date, date '1970-01-01')
from membership m join account a on a.id = pg_temp.key(m.user_id)
order by m.id;

-- A pupil's teacher is the founder of the first project that they joined.
update account a set custodian_id = first.custodian
from (select distinct on (m.account_id) m.account_id, p.proposer_id as custodian
      from member m join project p on p.id = m.project_id order by m.account_id, m.id) first
where a.id = first.account_id and a.kind = 'pupil';

-- A session for everyone who is a founder or has many projects; its token is the word bench and the key.
insert into session (id, account_id, token_hash, user_agent, created_at, last_used_at, expires_at)
select id, id, encode(sha256(convert_to('bench-' || id, 'UTF8')), 'hex'), 'bench', now(), now(), now() + interval '30 days'
from (select proposer_id as id from project
      union select account_id from member group by 1 having count(*) > 20) who;

drop schema source cascade;
vacuum (analyze);
