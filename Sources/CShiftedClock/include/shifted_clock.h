// Preloaded into a program (LD_PRELOAD), it shifts the wall clock that the program sees. For tests: somebody sets the
// time of a machine while the service runs. The monotonic clocks stay as they are.
//
// PEREZVON_LAB_CLOCK names a file with the shift in whole seconds, such as -3600; it is read again at every look at
// the clock. Without the variable or the file nothing is shifted.
#ifndef PEREZVON_SHIFTED_CLOCK_H
#define PEREZVON_SHIFTED_CLOCK_H
#endif
