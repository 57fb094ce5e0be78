package risk

import (
	"bufio"
	"crypto/sha1"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"gatehouse/internal/base/seal"
)

// Passwords is a set of passwords that others have published. It keeps the first
// eight bytes of the SHA-1 of each, because the published lists have that hash; it
// protects nothing. It does not change after it was made.
type Passwords struct{ prefixes []uint64 }

// Has reports whether the set has the password.
func (p *Passwords) Has(password seal.Secret) bool {
	_, found := slices.BinarySearch(p.prefixes, prefixOf(password.Reveal()))
	return found
}

// Len returns how many passwords the set has.
func (p *Passwords) Len() int { return len(p.prefixes) }

func prefixOf(password string) uint64 {
	sum := sha1.Sum([]byte(password))
	return binary.BigEndian.Uint64(sum[:8])
}

// common has words of which people make passwords, one a line. A line that begins
// with "=" is a whole password.
//
//go:embed common.txt
var common string

// habits are what people append to a word to meet a policy.
var habits = []string{
	"", "1", "12", "123", "1234", "12345", "123456", "!", "1!", "12!", "123!", "1234!", "12345!", "@1", "@12", "@123", "@1234", "#1", "#123", "$1", "$123", "_1", "_123", ".1", ".123", "01", "007", "69", "99", "!1", "!23", "!123",
}

// BuiltIn returns the built-in set: the passwords that are guessed first.
var BuiltIn = sync.OnceValue(func() *Passwords {
	var p Passwords
	for line := range strings.Lines(common) {
		line = strings.TrimSpace(line)
		if whole, ok := strings.CutPrefix(line, "="); ok {
			p.add(whole)
			continue
		}
		p.addHabits(line)
	}
	p.sort()
	return &p
})

// addHabits adds a word in the spellings and with the ends that people use.
func (p *Passwords) addHabits(word string) {
	for _, spelling := range []string{word, strings.ToUpper(word[:1]) + word[1:], strings.ToUpper(word)} {
		for _, end := range habits {
			p.add(spelling + end)
		}
		for year := 2000; year <= 2030; year++ {
			for _, end := range []string{"%d", "%d!", "@%d"} {
				p.add(spelling + fmt.Sprintf(end, year))
			}
		}
	}
}

func (p *Passwords) add(password string) { p.prefixes = append(p.prefixes, prefixOf(password)) }

func (p *Passwords) sort() {
	slices.Sort(p.prefixes)
	p.prefixes = slices.Compact(p.prefixes)
}

// With returns the set with those of a list, one a line: a password, or its SHA-1 in
// hexadecimal digits, which a colon and a number may follow, as in the lists of Have
// I Been Pwned. It refuses what is no list: a download that failed leaves an empty file, or
// an error page, and nobody would notice that nothing is compared. An error names the line.
func (p *Passwords) With(list io.Reader) (*Passwords, error) {
	all := &Passwords{prefixes: slices.Clone(p.prefixes)}
	lines := bufio.NewScanner(list)
	n, comments := 0, 0
	for lines.Scan() {
		n++
		line := strings.TrimSuffix(lines.Text(), "\r")
		switch prefix, hashed := hashOf(line); {
		case hashed:
			all.prefixes = append(all.prefixes, prefix)
		case !utf8.ValidString(line):
			return nil, fmt.Errorf("line %d is not UTF-8", n)
		case strings.ContainsFunc(line, isControl):
			return nil, fmt.Errorf("line %d has control characters; a list has one password a line", n)
		case n == 1 && isMarkup(line):
			return nil, errors.New("it is a page and no list of passwords; was the download refused?")
		case line != "":
			all.add(line)
			if strings.HasPrefix(line, "#") {
				comments++
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", n+1, err)
	}
	if len(all.prefixes)-len(p.prefixes) == comments {
		return nil, errors.New("it has no passwords; was its download interrupted? Write it again, or take it out of the key")
	}
	all.sort()
	return all, nil
}

// isControl reports whether a character is in no password of a text file.
func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// isMarkup reports whether the first line of a file is that of an HTML or XML page.
func isMarkup(line string) bool {
	line = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(line, "\ufeff")))
	return strings.HasPrefix(line, "<!doctype") || strings.HasPrefix(line, "<html") || strings.HasPrefix(line, "<?xml")
}

// hashOf reads a line of a list of hashes.
func hashOf(line string) (prefix uint64, ok bool) {
	digits, count, _ := strings.Cut(line, ":")
	sum, err := hex.DecodeString(digits)
	if err != nil || len(sum) != sha1.Size || strings.Trim(count, "0123456789") != "" {
		return 0, false
	}
	return binary.BigEndian.Uint64(sum), true
}
