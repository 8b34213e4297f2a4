geometry units angstroms noautosym
  N  0.000000  0.000000  0.549000
  N  0.000000  0.000000 -0.549000
end
