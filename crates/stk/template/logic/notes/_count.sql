/* ---
description: How many notes there are. Private, because its name starts with `_`
returns: value
--- */
SELECT count(*) AS notes FROM notes
