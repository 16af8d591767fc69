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
	name     string
	cmd      *exec.Cmd
	in       io.WriteCloser
	out      *bufio.Reader
	complain strings.Builder
	err      error // why it takes part no longer
}

func newSide(name string, cmd *exec.Cmd) *side { return &side{name: name, cmd: cmd} }

// ask returns the program's answer, after it was started if it was not.
func (s *side) ask(line string) (seconds float64, err error) {
	if s.err == nil && s.cmd.Process == nil {
		s.err = s.start()
	}
	if s.err != nil {
		return 0, s.err
	}
	late := time.AfterFunc(patience, func() { s.cmd.Process.Kill() })
	defer late.Stop()
	_, err = fmt.Fprintln(s.in, line)
	answer := ""
	if err == nil {
		answer, err = s.out.ReadString('\n')
	}
	if err != nil {
		s.err = s.lost()
		return 0, s.err
	}
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

func (s *side) start() (err error) {
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	s.out = bufio.NewReader(out)
	s.cmd.Stderr = &s.complain
	return s.cmd.Start()
}

// lost returns why a program ended.
func (s *side) lost() error {
	err := s.cmd.Wait()
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
	if s.err == nil && s.cmd.Process != nil {
		s.in.Close()
		late := time.AfterFunc(10*time.Second, func() { s.cmd.Process.Kill() })
		s.cmd.Wait()
		late.Stop()
	}
}

// used returns the processor time that a program has taken which has ended.
func (s *side) used() time.Duration {
	if s.cmd.ProcessState == nil {
		return 0
	}
	return s.cmd.ProcessState.UserTime() + s.cmd.ProcessState.SystemTime()
}
