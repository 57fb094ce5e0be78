package policy

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"gatehouse/internal/base/settings"
)

// scalar is one value of a claim or of a policy, in a form that can be compared
// and be a map key. Types count: "12" is not 12, true is not "true". A number is
// the same however it is written: 12, 12.0 and 1.2e1.
type scalar struct {
	kind  scalarKind
	text  string // of a decimal: digits, "e" and the exponent
	whole int64
}

type scalarKind uint8

const (
	isText scalarKind = iota
	isBool
	isWhole
	isDecimal // a number that is no int64
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
		return scalarOfNumber(strconv.FormatUint(v, 10))
	case float64:
		return scalarOfFloat(v)
	case json.Number:
		return scalarOfNumber(string(v))
	case settings.Number:
		if s, ok := scalarOfNumber(v.Text); ok {
			return s, true
		}
		return scalarOf(v.Value) // a form of YAML alone, such as 0x1f
	}
	return scalar{}, false
}

func scalarOfBool(v bool) scalar {
	if v {
		return scalar{kind: isBool, whole: 1}
	}
	return scalar{kind: isBool}
}

func scalarOfFloat(v float64) (scalar, bool) {
	if v == math.Trunc(v) && math.Abs(v) <= exactFloat {
		return scalar{kind: isWhole, whole: int64(v)}, true
	}
	return scalarOfNumber(strconv.FormatFloat(v, 'e', -1, 64)) // NaN and infinity are no numbers
}

// scalarOfNumber reads a number in JSON's form, without rounding it.
func scalarOfNumber(text string) (scalar, bool) {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return scalar{kind: isWhole, whole: i}, true
	}
	sign, digits, exponent, ok := decimal(text)
	if !ok {
		return scalar{}, false
	}
	if exponent >= 0 && len(digits)+exponent < 20 {
		if i, err := strconv.ParseInt(sign+digits+strings.Repeat("0", exponent), 10, 64); err == nil {
			return scalar{kind: isWhole, whole: i}, true
		}
	}
	return scalar{kind: isDecimal, text: sign + digits + "e" + strconv.Itoa(exponent)}, true
}

// decimal splits a number into its sign, its digits without zeros at the ends,
// and the power of ten that they are multiplied by.
func decimal(text string) (sign, digits string, exponent int, ok bool) {
	mantissa := text
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		var err error
		if exponent, err = strconv.Atoi(text[i+1:]); err != nil || exponent > math.MaxInt32 || exponent < math.MinInt32 {
			return "", "", 0, false
		}
		mantissa = text[:i]
	}
	if rest, minus := strings.CutPrefix(mantissa, "-"); minus {
		sign, mantissa = "-", rest
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits = strings.TrimLeft(whole+fraction, "0")
	if whole == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return "", "", 0, false
	}
	exponent -= len(fraction)
	trimmed := strings.TrimRight(digits, "0")
	if trimmed == "" {
		return "", "0", 0, true
	}
	return sign, trimmed, exponent + len(digits) - len(trimmed), true
}

// writtenOf returns the text of a number as its author wrote it. It is not ok for
// a value of another type.
func writtenOf(v any) (scalar, bool) {
	switch v := v.(type) {
	case settings.Number:
		return scalar{text: v.Text}, true
	case json.Number:
		return scalar{text: string(v)}, true
	}
	s, ok := scalarOf(v)
	if !ok || s.kind == isText || s.kind == isBool {
		return scalar{}, false
	}
	return scalar{text: s.String()}, true
}

func (s scalar) String() string {
	switch s.kind {
	case isBool:
		return strconv.FormatBool(s.whole == 1)
	case isWhole:
		return strconv.FormatInt(s.whole, 10)
	case isDecimal:
		return plainDecimal(s.text)
	}
	return s.text
}

// plainDecimal writes a decimal without an exponent if that is short.
func plainDecimal(text string) string {
	mantissa, exponent, _ := strings.Cut(text, "e")
	digits, minus := strings.CutPrefix(mantissa, "-")
	sign := ""
	if minus {
		sign = "-"
	}
	e, _ := strconv.Atoi(exponent)
	point := len(digits) + e // digits before the point
	switch {
	case e >= 0 && point <= 40:
		return sign + digits + strings.Repeat("0", e)
	case e < 0 && point > 0:
		return sign + digits[:point] + "." + digits[point:]
	case e < 0 && point > -6:
		return sign + "0." + strings.Repeat("0", -point) + digits
	}
	return text
}
