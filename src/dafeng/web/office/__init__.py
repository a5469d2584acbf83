"""Office: the pages in which a municipal office works, a Django project over one workspace.

Apps by subject: `shell` (pages, menu, errors), `people` (organisations, persons, roles, sessions), `jobs`
(runs, imports and papers by one worker), `audit` (chained log), `records` (registers, returns, tasks),
`results` (targets, runs, releases) and `operations` (backup, diagnosis). It calls the public functions of the
rooms below and hands them an actor; it has no calculation and no SQL.
"""
