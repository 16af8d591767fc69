package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// patience is how long a program may take for an answer.
const patience = 5 * time.Minute

// errCannot says that a program has nothing like the case.
var errCannot = errors.New("cannot do that")

// side is a program that takes part: it reads a line that names a case, and
// answers with the seconds that a run of it takes, with "-" if it has nothing like
// it, or with "error: " and a reason.
type side struct {
	name    string
	command func() *exec.Cmd

	cmd      *exec.Cmd // nil while it does not run
	in       io.WriteCloser
	out      *bufio.Reader
	complain strings.Builder
	answered bool
	spent    time.Duration // processor time, of programs that have ended
	memory   int64         // bytes that were resident at the peak of the last one, 0 if that is not known
	err      error         // why it takes part no longer
}

func newSide(name string, command func() *exec.Cmd) *side {
	return &side{name: name, command: command}
}

// ask returns the program's answer, after it was started if it does not run. One
// that ends before it has given any answer is not asked again.
func (s *side) ask(line string) (seconds float64, err error) {
	if s.err == nil && s.cmd == nil {
		s.err = s.start()
	}
	if s.err != nil {
		return 0, s.err
	}
	process := s.cmd.Process
	late := time.AfterFunc(patience, func() { process.Kill() })
	defer late.Stop()
	_, err = fmt.Fprintln(s.in, line)
	answer := ""
	if err == nil {
		answer, err = s.out.ReadString('\n')
	}
	if err != nil {
		err = s.lost()
		if !s.answered {
			s.err = err
		}
		return 0, err
	}
	s.answered = true
	answer = strings.TrimSpace(answer)
	if answer == "-" {
		return 0, errCannot
	}
	if reason, ok := strings.CutPrefix(answer, "error: "); ok {
		return 0, errors.New(reason)
	}
	seconds, err = strconv.ParseFloat(answer, 64)
	if err != nil || !(seconds > 0) {
		return 0, fmt.Errorf("the answer is %q, want a number of seconds", answer)
	}
	return seconds, nil
}

func (s *side) start() error {
	cmd := s.command()
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	s.complain.Reset()
	cmd.Stderr = &s.complain
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd, s.in, s.out = cmd, in, bufio.NewReader(out)
	return nil
}

// lost returns why a program ended.
func (s *side) lost() error {
	err := s.wait()
	if err == nil {
		err = errors.New("ended")
	}
	lines := strings.Split(strings.TrimSpace(s.complain.String()), "\n")
	if last := lines[len(lines)-1]; last != "" {
		err = fmt.Errorf("%w: %s", err, last)
	}
	return err
}

// close ends the program.
func (s *side) close() {
	if s.cmd != nil {
		process := s.cmd.Process
		s.memory = peakMemory(process.Pid)
		late := time.AfterFunc(10*time.Second, func() { process.Kill() })
		s.wait()
		late.Stop()
	}
}

// wait waits for the end of the program, which has no more to read.
func (s *side) wait() error {
	s.in.Close()
	err := s.cmd.Wait()
	s.spent += s.cmd.ProcessState.UserTime() + s.cmd.ProcessState.SystemTime()
	s.cmd = nil
	return err
}
