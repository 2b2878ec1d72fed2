# Signals at random moments.

load lib

@test "a storm of signals: every byte once, in order, within the bound" {
    RL_LIMITS='out 2MB/s burst=50kB' limited "$BUILD/tests/holds/storm" 20
}

@test "a storm of signals to loops: likewise" {
    RL_LIMITS='out 2MB/s burst=50kB' limited "$BUILD/tests/holds/storm" 6 loop
}
