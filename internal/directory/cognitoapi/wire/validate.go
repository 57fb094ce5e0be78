package wire

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxViolations is how many broken constraints an error lists. Without a limit, a
// small body could cause a very long message.
const maxViolations = 100

// validatable is a pointer to a generated structure.
type validatable[T any] interface {
	*T
	validate(*validator)
}

// validator collects the broken constraints of one input in the order of AWS: a
// container before its elements, the pattern before the length.
type validator struct {
	at    []string // the path to the structure being checked
	items []violation
}

// violation is one broken constraint.
type violation struct {
	path   string
	value  string // the value with its quotes, as the caller sees it; "": not shown
	clause string
}

func (v *validator) add(name, value, clause string) {
	if len(v.items) < maxViolations {
		path := strings.Join(append(slices.Clip(v.at), name), ".")
		v.items = append(v.items, violation{path: path, value: value, clause: clause})
	}
}

// within calls check while names are appended to the path.
func (v *validator) within(check func(*validator), names ...string) {
	if len(v.items) == maxViolations {
		return
	}
	depth := len(v.at)
	v.at = append(v.at, names...)
	check(v)
	v.at = v.at[:depth]
}

func (v *validator) required(name string, present bool) {
	if !present {
		v.add(name, "null", "Member must not be null")
	}
}

// textRule has the constraints of a string. The zero value accepts every string.
type textRule struct {
	sensitive bool // messages do not show the value
	min, max  int  // in characters; 0: no limit
	pattern   *pattern
	enum      []string
}

func (r *textRule) check(v *validator, name, s string) {
	for _, clause := range r.broken(s) {
		v.add(name, shown(s, r.sensitive), clause)
	}
}

// broken returns the clauses that s breaks.
func (r *textRule) broken(s string) (clauses []string) {
	if r.pattern != nil && !r.pattern.match(s) {
		clauses = append(clauses, r.patternClause())
	}
	if clause := (sizeRule{r.min, r.max}).clause(utf8.RuneCountInString(s)); clause != "" {
		clauses = append(clauses, clause)
	}
	if r.enum != nil && !slices.Contains(r.enum, s) {
		clauses = append(clauses, r.enumClause())
	}
	return clauses
}

func (r *textRule) patternClause() string {
	return "Member must satisfy regular expression pattern: " + r.pattern.java
}

func (r *textRule) enumClause() string {
	return "Member must satisfy enum value set: [" + strings.Join(r.enum, ", ") + "]"
}

// all returns every clause of the rule, in brackets. Cognito: a message about the
// elements of a list or a map has them all, whichever is broken.
func (r *textRule) all() string {
	var clauses []string
	if r.max > 0 {
		size := sizeRule{r.min, r.max}
		clauses = append(clauses, size.most(), size.least())
	}
	if r.pattern != nil {
		clauses = append(clauses, r.patternClause())
	}
	if r.enum != nil {
		clauses = append(clauses, r.enumClause())
	}
	return "[" + strings.Join(clauses, ", ") + "]"
}

// sizeRule has the limits of a length. 0 means no limit.
type sizeRule struct{ min, max int }

// clause returns the text for the limit that n breaks, or "".
func (r sizeRule) clause(n int) string {
	switch {
	case n < r.min:
		return r.least()
	case r.max > 0 && n > r.max:
		return r.most()
	}
	return ""
}

func (r sizeRule) least() string {
	return "Member must have length greater than or equal to " + strconv.Itoa(r.min)
}

func (r sizeRule) most() string {
	return "Member must have length less than or equal to " + strconv.Itoa(r.max)
}

// numberRule has the limits of a number.
type numberRule struct{ min, max int64 }

const (
	noMin = math.MinInt64
	noMax = math.MaxInt64
)

func checkNumber(v *validator, name string, n *int64, r numberRule) {
	switch {
	case n == nil:
	case *n < r.min:
		v.add(name, "'"+strconv.FormatInt(*n, 10)+"'", "Member must have value greater than or equal to "+strconv.FormatInt(r.min, 10))
	case *n > r.max:
		v.add(name, "'"+strconv.FormatInt(*n, 10)+"'", "Member must have value less than or equal to "+strconv.FormatInt(r.max, 10))
	}
}

func checkText[S ~string](v *validator, name string, s *S, r *textRule) {
	if s != nil {
		r.check(v, name, string(*s))
	}
}

func checkBlob(v *validator, name string, b []byte, r sizeRule) {
	if b == nil {
		return
	}
	if clause := r.clause(len(b)); clause != "" {
		v.add(name, "'"+printBlob(b)+"'", clause)
	}
}

func checkOne[T any, P validatable[T]](v *validator, name string, x P) {
	if x != nil {
		v.within(x.validate, name)
	}
}

func checkTextsSize(v *validator, name string, list []string, r sizeRule) {
	if list == nil {
		return
	}
	if clause := r.clause(len(list)); clause != "" {
		v.add(name, "'["+strings.Join(list, ", ")+"]'", clause)
	}
}

// checkTexts checks the elements of a list. Cognito: a message names the list once,
// however many elements break a constraint.
func checkTexts(v *validator, name string, list []string, r *textRule) {
	for _, s := range list {
		if len(r.broken(s)) > 0 {
			v.add(name, shown("["+strings.Join(list, ", ")+"]", r.sensitive), "Member must satisfy constraint: "+r.all())
			return
		}
	}
}

// shown returns a value with quotes, or "" if messages must not show it.
func shown(value string, sensitive bool) string {
	if sensitive {
		return ""
	}
	return "'" + value + "'"
}

func checkListSize[T any, P printable[T]](v *validator, name string, list []T, r sizeRule) {
	if list == nil {
		return
	}
	if clause := r.clause(len(list)); clause != "" {
		v.add(name, "'"+printList[T, P](list)+"'", clause)
	}
}

func checkList[T any, P validatable[T]](v *validator, name string, list []T) {
	for i := range list {
		v.within(P(&list[i]).validate, name, strconv.Itoa(i+1), "member")
	}
}

// checkListWithNulls is checkList for a list that decodeListWithNulls read. Cognito:
// names the list once, however many nulls it has.
func checkListWithNulls[T any, P interface {
	validatable[T]
	printable[T]
}](v *validator, name string, list []T) {
	null := P(new(T)).print()
	for i := range list {
		if P(&list[i]).print() == null {
			text := strings.ReplaceAll(printList[T, P](list), null, "null")
			v.add(name, "'"+text+"'", "Member must satisfy constraint: [Member must not be null]")
			return
		}
	}
	checkList[T, P](v, name, list)
}

func checkTextMapSize(v *validator, name string, m map[string]string, r sizeRule) {
	if m == nil {
		return
	}
	if clause := r.clause(len(m)); clause != "" {
		v.add(name, "'"+printMap(m)+"'", clause)
	}
}

// checkTextMap checks the keys and values of a map. Cognito: a message names the map
// once for its keys, and once for its values.
func checkTextMap(v *validator, name string, m map[string]string, key, value *textRule, sensitive bool) {
	for k := range m {
		if key != nil && len(key.broken(k)) > 0 {
			v.add(name, shown(printMap(m), sensitive || key.sensitive), "Map keys must satisfy constraint: "+key.all())
			break
		}
	}
	for _, text := range m {
		if value != nil && len(value.broken(text)) > 0 {
			v.add(name, shown(printMap(m), sensitive || value.sensitive), "Map value must satisfy constraint: "+value.all())
			break
		}
	}
}

func checkMap[T any, P validatable[T]](v *validator, name string, m map[string]T) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		v.within(P(new(m[k])).validate, name, "member", "value")
	}
}
