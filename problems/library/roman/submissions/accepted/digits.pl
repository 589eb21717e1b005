chomp(my $n = <STDIN>);
# The letters for one, five and ten of each digit, from the last on.
my @letters = (['I', 'V', 'X'], ['X', 'L', 'C'], ['C', 'D', 'M'], ['M', '', '']);
my @shapes = ('', '0', '00', '000', '01', '1', '10', '100', '1000', '02');
my $numeral = '';
for my $digit (reverse split //, $n) {
    my $set = shift @letters;
    $numeral = join('', map { $set->[$_] } split //, $shapes[$digit]) . $numeral;
}
print "$numeral\n";
