package main

import (
	"regexp"
	"strings"
	"unicode"
)

// initialisms maps words of the model to how Go writes them.
var initialisms = map[string]string{
	"Acr": "ACR", "Arn": "ARN", "Dcr": "DCR", "Html": "HTML", "Http": "HTTP", "Id": "ID", "Idp": "IDP",
	"Ip": "IP", "Kms": "KMS", "Mfa": "MFA", "Sms": "SMS", "Uri": "URI", "Url": "URL",
}

var word = regexp.MustCompile(`[A-Z]+[a-z0-9]*|[a-z0-9]+`)

// goName writes a name of the model as Go writes names: UserPoolId is
// UserPoolID, SmsMfaConfigType is SMSMFAConfigType.
func goName(name string) string {
	name = strings.ToUpper(name[:1]) + name[1:]
	return word.ReplaceAllStringFunc(name, goWord)
}

// goWord takes one capitalised word, which may have an acronym before it
// ("SMSMfa" splits at "Mfa" already, "CSVHeader" comes as "CSVHeader").
func goWord(w string) string {
	last := strings.LastIndexFunc(w, unicode.IsUpper)
	if last < 0 {
		return w
	}
	if good, ok := initialisms[w[last:]]; ok {
		return w[:last] + good
	}
	return w
}

// lowerCamel writes a member as the service names it in its messages.
func lowerCamel(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// ruleName names the variable that holds the constraints of a shape.
func ruleName(shape string) string {
	name := goName(shape)
	capitals := strings.IndexFunc(name, func(r rune) bool { return !unicode.IsUpper(r) })
	switch {
	case capitals < 0:
		capitals = len(name)
	case capitals > 1: // the last capital begins the next word
		capitals--
	}
	return strings.ToLower(name[:capitals]) + name[capitals:] + "Rule"
}
