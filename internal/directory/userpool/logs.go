package userpool

import (
	"context"
	"fmt"
	"strings"
)

// The sources of a pool's log entries, with Cognito's names.
const (
	UserNotification = "userNotification" // messages to users that were not delivered
	UserAuthEvents   = "userAuthEvents"   // what users did, in a pool with threat protection
)

// LogDelivery says where the log entries of one source go: to one of three kinds of
// destinations, by its ARN. Cognito: LogConfigurationType.
type LogDelivery struct {
	Source   string
	Level    string // ERROR for UserNotification, INFO for UserAuthEvents
	LogGroup string `json:",omitempty"` // of CloudWatch Logs
	Bucket   string `json:",omitempty"` // of S3
	Stream   string `json:",omitempty"` // of Firehose
}

// ARNs returns the destinations that the delivery names.
func (l LogDelivery) ARNs() []string {
	var all []string
	for _, arn := range []string{l.LogGroup, l.Bucket, l.Stream} {
		if arn != "" {
			all = append(all, arn)
		}
	}
	return all
}

// LogsTo returns the destination of a source; "": none.
func (p *Pool) LogsTo(source string) string {
	for _, l := range p.Settings.Logs {
		if l.Source == source {
			return l.ARNs()[0]
		}
	}
	return ""
}

// SetLogs replaces where a pool's log entries go. ErrPoolNotFound, ErrSettings.
// Cognito: SetLogDeliveryConfiguration.
func (e *Engine) SetLogs(ctx context.Context, id PoolID, logs []LogDelivery) (*Pool, error) {
	if err := e.checkLogs(logs); err != nil {
		return nil, err
	}
	return e.UpdatePool(ctx, id, func(p *Pool) error {
		p.Settings.Logs = logs
		return nil
	})
}

func (e *Engine) checkLogs(logs []LogDelivery) error {
	if faults := shapeOfLogs(logs); faults != "" {
		return ErrSettings.Saying("Request validation Failed.%s", faults)
	}
	for _, l := range logs {
		if err := l.check(); err != nil {
			return err
		}
		if arn := l.ARNs()[0]; e.logsResolve == nil || !e.logsResolve(arn) {
			return ErrSettings.Saying("The configuration of this installation (directory.logs) does not say where %s is.", arn)
		}
	}
	return nil
}

// shapeOfLogs returns what is wrong with the list as a whole. Cognito: observed
// texts.
func shapeOfLogs(logs []LogDelivery) (faults string) {
	var homeless, twice []string
	seen := map[string]int{}
	for _, l := range logs {
		if len(l.ARNs()) == 0 {
			homeless = append(homeless, l.Source)
		}
		if seen[l.Source]++; seen[l.Source] == 2 {
			twice = append(twice, l.Source)
		}
	}
	if len(homeless) > 0 {
		faults += fmt.Sprintf(" Following event sources in request have no destination: [%s].", strings.Join(homeless, ", "))
	}
	if len(twice) > 0 {
		faults += fmt.Sprintf(" Following event sources appear more then once in a request: [%s].", strings.Join(twice, ", "))
	}
	return faults
}

// check checks one delivery that has a destination.
func (l LogDelivery) check() error {
	switch {
	case len(l.ARNs()) > 1:
		return ErrSettings.Saying("%s has more than one destination.", l.Source)
	case l.Source == UserNotification && (l.Level != "ERROR" || l.LogGroup == ""):
		return ErrSettings.Saying("userNotification takes the level ERROR and a CloudWatchLogsConfiguration.")
	case l.Source == UserAuthEvents && l.Level != "INFO":
		return ErrSettings.Saying("userAuthEvents takes the level INFO.")
	}
	return nil
}
