package workloads

import (
	"os"
	"time"
)

// ClockVariable names the environment variable that chooses what all programs count:
// "processor" for the time that the process has used its processors, on all of its
// threads, which others on the machine disturb little; else the time on the wall. On
// one worker the two are the same but for what others take.
const ClockVariable = "COMPARE_CLOCK"

var started = time.Now()

func processor() bool { return os.Getenv(ClockVariable) == "processor" }

// ClockName says what is counted.
func ClockName() string {
	if processor() {
		return "processor time"
	}
	return "time that passes"
}

// now returns the time since some moment, by the clock that is chosen.
func now() time.Duration {
	if processor() {
		return processorTime()
	}
	return time.Since(started)
}
