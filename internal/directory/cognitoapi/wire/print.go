package wire

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// printable is a pointer to a structure that the text of a violation may show.
type printable[T any] interface {
	*T
	print() string
}

// printStructure returns a structure in the notation of AWS's messages:
// TypeName(memberOne=x, memberTwo=null). pairs are names and printed values in turn.
func printStructure(name string, pairs ...string) string {
	var members []string
	for i := 0; i+1 < len(pairs); i += 2 {
		members = append(members, pairs[i]+"="+pairs[i+1])
	}
	return name + "(" + strings.Join(members, ", ") + ")"
}

// maxPrinted is how many elements of a list a message shows. An element of two bytes
// ("{}") can print as two hundred.
const maxPrinted = 200

func printList[T any, P printable[T]](list []T) string {
	var elements []string
	for i := range list {
		if i == maxPrinted {
			elements = append(elements, "...")
			break
		}
		elements = append(elements, P(&list[i]).print())
	}
	return "[" + strings.Join(elements, ", ") + "]"
}

func printMap(m map[string]string) string {
	var entries []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		entries = append(entries, key+"="+m[key])
	}
	return "{" + strings.Join(entries, ", ") + "}"
}

func printScalar[T any](x *T) string {
	if x == nil {
		return "null"
	}
	return fmt.Sprint(*x)
}

func printOne[T any, P printable[T]](x P) string {
	if x == nil {
		return "null"
	}
	return x.print()
}

func printBlob(b []byte) string {
	if b == nil {
		return "null"
	}
	return fmt.Sprintf("java.nio.HeapByteBuffer[pos=0 lim=%d cap=%d]", len(b), len(b))
}
