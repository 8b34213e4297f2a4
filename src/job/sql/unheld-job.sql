select id, number, person, project, reserved, expected, unit, formula, formula_words, array_spec
from headgate.job where id = $1::uuid and state = 'submitted'
