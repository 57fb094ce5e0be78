package proxy

import (
	"bytes"
	"io"
	"slices"
	"testing"
)

// sizes is a reader that fills what it is given, up to its next size, and keeps how much
// it was given.
type sizes struct {
	next  []int
	given []int
}

func (s *sizes) Read(p []byte) (int, error) {
	s.given = append(s.given, len(p))
	if len(s.next) == 0 {
		return 0, io.EOF
	}
	n := min(len(p), s.next[0])
	s.next = s.next[1:]
	for i := range n {
		p[i] = byte(i)
	}
	return n, nil
}

// A connection holds a large buffer only while much is under way.
func TestAConnectionThatWaitsHoldsLittle(t *testing.T) {
	from := &sizes{next: []int{10, bufferSize, bufferSize, bufferSize, 100, 5}}
	var to bytes.Buffer
	s := stream{from: from, to: &to}
	s.copy()
	if want := []int{patientSize, patientSize, bufferSize, bufferSize, bufferSize, patientSize, patientSize}; s.failure() != nil || !slices.Equal(from.given, want) {
		t.Errorf("the reads were given %v (%v), want %v", from.given, s.failure(), want)
	}
	if want := int64(10 + patientSize + 2*bufferSize + 100 + 5); s.size != want || int64(to.Len()) != want {
		t.Errorf("got %d and %d bytes, want %d", s.size, to.Len(), want)
	}
}
