geometry units angstroms noautosym
  O  0.000000  0.000000  0.117300
  H  0.000000  0.757200 -0.469200
  H  0.000000 -0.757200 -0.469200
end
