package policy

import (
	"encoding/json"
	"math"
	"strconv"
)

// scalar is one value of a claim or of a policy, in a form that can be compared
// and be a map key. Types count: 12 is not "12", true is not "true". A whole
// number is the same as integer and as float, because YAML and JSON decode
// numbers differently.
type scalar struct {
	kind  scalarKind
	text  string
	whole int64
	real  float64
}

type scalarKind uint8

const (
	isText scalarKind = iota
	isBool
	isWhole
	isReal
)

// exactFloat is the bound below which a float64 can hold every whole number.
const exactFloat = 1 << 53

// scalarOf returns v as a scalar, or false if v is a list, an object or nil.
func scalarOf(v any) (scalar, bool) {
	switch v := v.(type) {
	case string:
		return scalar{text: v}, true
	case bool:
		return scalarOfBool(v), true
	case int:
		return scalar{kind: isWhole, whole: int64(v)}, true
	case int64:
		return scalar{kind: isWhole, whole: v}, true
	case uint64:
		return scalarOfUint(v), true
	case float64:
		return scalarOfFloat(v)
	case json.Number:
		return scalarOfNumber(v)
	}
	return scalar{}, false
}

func scalarOfBool(v bool) scalar {
	if v {
		return scalar{kind: isBool, whole: 1}
	}
	return scalar{kind: isBool}
}

func scalarOfUint(v uint64) scalar {
	if v <= math.MaxInt64 {
		return scalar{kind: isWhole, whole: int64(v)}
	}
	return scalar{kind: isReal, real: float64(v)}
}

func scalarOfFloat(v float64) (scalar, bool) {
	if math.IsNaN(v) {
		return scalar{}, false
	}
	if v == math.Trunc(v) && math.Abs(v) <= exactFloat {
		return scalar{kind: isWhole, whole: int64(v)}, true
	}
	return scalar{kind: isReal, real: v}, true
}

func scalarOfNumber(v json.Number) (scalar, bool) {
	if i, err := strconv.ParseInt(string(v), 10, 64); err == nil {
		return scalar{kind: isWhole, whole: i}, true
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil {
		return scalar{}, false
	}
	return scalarOfFloat(f)
}

func (s scalar) String() string {
	switch s.kind {
	case isBool:
		return strconv.FormatBool(s.whole == 1)
	case isWhole:
		return strconv.FormatInt(s.whole, 10)
	case isReal:
		return strconv.FormatFloat(s.real, 'g', -1, 64)
	}
	return s.text
}
