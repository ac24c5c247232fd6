-- Made-up schools, users, projects and memberships, the same at each run: 2,000, 100,000, 5,000 and
-- about 113,000. Projects have 5 to 300 members, few of them many; three have 5,000, 500 and 50.
create schema source;

-- A number from 0 to 1 that belongs to a name and a key.
create function source.draw(name text, key bigint) returns float8
language sql immutable parallel safe as
$$ select (hashtextextended(name, key) & 1048575) / 1048576.0::float8 $$;

create table source.schools as
select id::bigint, 'School ' || id as name, 'Town ' || id % 900 as city,
       (array['DE', 'FR', 'IT', 'ES', 'PL', 'GR', 'PT', 'RO'])[1 + id % 8] as country_code
from generate_series(1, 2000) id;

create table source.users as
select id::bigint, case when id <= 20000 then 'teacher' else 'pupil' end as kind,
       'user' || id || '@school.example' as email,
       (array['Anna', 'Luca', 'Maria', 'Jan', 'Sofia', 'Piotr', 'Elena', 'Nikos'])[1 + id % 8]
         || ' Example ' || id as name,
       1 + (source.draw('school', id) * 1999)::bigint as school_id,
       timestamptz '2025-01-01Z' as created_at
from generate_series(1, 100000) id;

create temp table size as
select id, case id when 1 then 5000 when 2 then 500 when 3 then 50
       else least(300, 5 * power(1 - source.draw('size', id), -0.91))::int end as n
from generate_series(1, 5000) id;

-- A place each: a founder, then partners and teachers, half of them from 500 who are everywhere, then
-- pupils of one walk through all pupils, and a few visitors among them.
create temp table place as
select id as project_id, k, case
         when k = 1 then 'founder'
         when k <= 2 + n * 0.05 then 'partner'
         when k <= 3 + n * 0.17 then 'teacher'
         when source.draw('visitor', id * 10000 + k) < 0.05 then 'visitor'
         else 'pupil' end as role, case
         when k > 3 + n * 0.17 then 20001 + ((source.draw('walk', id) * 80000)::bigint + k * 7919) % 80000
         when source.draw('power', id * 10000 + k) < 0.5 then 1 + (source.draw('who', id * 10000 + k) * 499)::bigint
         else 1 + (source.draw('who', id * 10000 + k) * 19999)::bigint end as user_id
from size, generate_series(1, n) k;

create table source.projects as
select project_id::bigint as id, 'Project ' || project_id as title, 'We meet, we ask, we build, we show.' as summary,
       case when project_id % 5 = 0 then 'closed' else 'active' end as status, user_id as founder_id,
       timestamptz '2025-01-01Z' + source.draw('begun', project_id) * interval '300 days' as created_at
from place where k = 1;

-- People of one project joined at different times, so that their rows do not lie side by side.
create table source.memberships as
select row_number() over (order by joined, project_id, k) as id, project_id, user_id, role, invited_by,
       joined as created_at,
       case when source.draw('seen', project_id * 10000 + k) < 0.85 then joined + interval '60 days' end as last_access
from (
  select distinct on (place.project_id, place.user_id) place.*,
         case when k > 1 then projects.founder_id end as invited_by,
         projects.created_at + case when k = 1 then interval '0' else
           (0.01 + source.draw('joined', place.project_id * 10000 + k)) * interval '200 days' end as joined
  from place join source.projects on projects.id = place.project_id
  order by place.project_id, place.user_id, k
) one;
