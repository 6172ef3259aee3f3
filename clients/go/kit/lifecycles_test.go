package kit

import (
	"context"
	"errors"
	"testing"
	"time"
)

// living is a driver with lifecycles: each is named for what its attempts do.
func living() (Driver[string], chan string) {
	driver, seen := example(), make(chan string, 16)
	driver.Capabilities = []Capability{Converge, Crash, GiveUp, VirtualWait}
	driver.Crash = func(string) error { seen <- "crash"; return nil }
	driver.Lifecycles = map[string]Attempt[string]{
		"fail/always": func(context.Context, string, *Run) error { return refusal{} },
		"fail/once": func(_ context.Context, _ string, run *Run) error {
			if run.State == nil {
				run.State = "tried"
				return refusal{}
			}
			return nil
		},
		"fail/finally": func(context.Context, string, *Run) error { return Final{refusal{}} },
		"store/present": func(_ context.Context, _ string, run *Run) error {
			run.Resource.Annotations = map[string]string{"stored": "yes"}
			err := run.Store()
			seen <- "stored"
			return err
		},
		"wait/present": func(ctx context.Context, _ string, run *Run) error {
			if run.State != nil {
				return nil
			}
			run.State = "waited"
			seen <- "waits"
			<-ctx.Done()
			return ctx.Err()
		},
		"wait/absent": func(ctx context.Context, _ string, _ *Run) error {
			seen <- "waits"
			<-ctx.Done()
			return ctx.Err()
		},
	}
	return driver, seen
}

func live(t *testing.T, lifecycle, goal string) (*conversation, chan string) {
	driver, seen := living()
	c := converse(t, driver)
	c.tell(openOne)
	c.answers(`{"type":"opened","session":1}`)
	c.tell(`{"type":"converge","id":7,"session":1,"lifecycle":"` + lifecycle + `","goal":"` + goal + `","attempts":3,"resource":{"name":"r"}}`)
	return c, seen
}

func TestAttemptsFollowOneAnotherUntilTheBudgetIsSpent(t *testing.T) {
	c, _ := live(t, "fail", "always")
	c.answers(`{"type":"waits","id":7,"milliseconds":5}`)
	c.answers(`{"type":"waits","id":7,"milliseconds":10}`)
	c.answers(`{"type":"done","id":7,"outcome":{"kind":"error","class":"api","resource":{"name":"r"}}}`)
}

func TestALifecycleIsDoneWhenAnAttemptSucceeds(t *testing.T) {
	c, _ := live(t, "fail", "once")
	c.answers(`{"type":"waits","id":7,"milliseconds":5}`)
	c.answers(`{"type":"done","id":7,"outcome":{"kind":"ok","resource":{"name":"r"}}}`)
}

func TestAFinalErrorIsTheLast(t *testing.T) {
	c, _ := live(t, "fail", "finally")
	c.answers(`{"type":"done","id":7,"outcome":{"kind":"error","class":"api"}}`)
}

func TestALifecycleThatTheDriverDoesNotHave(t *testing.T) {
	c, _ := live(t, "sleep", "present")
	c.answers(`{"type":"done","id":7,"outcome":{"kind":"unsupported"}}`)
}

func TestAResourceIsStoredAndARefusalTriedAgain(t *testing.T) {
	c, _ := live(t, "store", "present")
	c.answers(`{"type":"store","id":7,"resource":{"name":"r","annotations":{"stored":"yes"}}}`)
	// No time limit passes while the cluster is waited for.
	c.tell(`{"type":"give-up","id":7}`)
	c.tell(`{"type":"stored","id":7,"refused":"changed"}`)
	c.answers(`{"type":"waits","id":7}`)
	c.answers(`{"type":"store","id":7}`)
	c.tell(`{"type":"stored","id":7}`)
	c.answers(`{"type":"done","id":7,"outcome":{"kind":"ok","resource":{"annotations":{"stored":"yes"}}}}`)
}

func TestGivingUpFailsOneAttempt(t *testing.T) {
	c, seen := live(t, "wait", "present")
	<-seen
	c.tell(`{"type":"give-up","id":7}`)
	c.answers(`{"type":"waits","id":7}`)
	c.answers(`{"type":"done","id":7,"outcome":{"kind":"ok"}}`)
	c.tell(`{"type":"give-up","id":7}`)
	c.tell(`{"type":"call","id":8,"session":1,"operation":"where"}`)
	c.answers(`{"type":"done","id":8}`)
}

func TestGivingUpACallIsATimeout(t *testing.T) {
	c, _ := live(t, "fail", "finally")
	c.answers(`{"type":"done","id":7}`)
	c.tell(`{"type":"call","id":8,"session":1,"operation":"wait"}`)
	c.tell(`{"type":"give-up","id":8}`)
	c.answers(`{"type":"done","id":8,"outcome":{"kind":"error","class":"timeout"}}`)
}

func TestALifecycleCanBeCancelled(t *testing.T) {
	c, seen := live(t, "wait", "absent")
	<-seen
	c.tell(`{"type":"cancel","id":7}`)
	c.answers(`{"type":"done","id":7,"outcome":{"kind":"cancelled"}}`)
}

func TestACrashEndsWhatIsInFlightWithoutAWord(t *testing.T) {
	for _, lifecycle := range []string{"store", "wait"} {
		c, seen := live(t, lifecycle, "present")
		c.tell(`{"type":"call","id":8,"session":1,"operation":"wait"}`)
		if lifecycle == "store" {
			c.answers(`{"type":"store","id":7}`)
		} else {
			<-seen
		}
		c.tell(`{"type":"crash","session":1}`)
		c.answers(`{"type":"closed","session":1}`)
		if what := <-seen; what != "crash" {
			t.Fatalf("expected nothing after the crash, saw %s", what)
		}
		// An answer that comes too late is nobody's.
		c.tell(`{"type":"stored","id":7}`)
		c.tell(openOne)
		c.answers(`{"type":"opened","session":1}`)
	}
}

func TestPausesGrowAndHonorWhatTheServerAsksFor(t *testing.T) {
	asked := "2"
	pauses := []time.Duration{Pause(0, Failure{})}
	pauses = append(pauses, Pause(pauses[0], Failure{}))
	pauses = append(pauses, Pause(pauses[1], Failure{RetryAfter: &asked}))
	pauses = append(pauses, Pause(600*time.Second, Failure{RetryAfter: &asked}), Pause(2000*time.Second, Failure{}))
	expected := []time.Duration{5 * time.Millisecond, 10 * time.Millisecond, 2 * time.Second, 1000 * time.Second, 2000 * time.Second}
	for i := range expected {
		if pauses[i] != expected[i] {
			t.Errorf("pause %d: expected %v, saw %v", i, expected[i], pauses[i])
		}
	}
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	now := time.Date(1994, 11, 6, 8, 49, 37, 5e8, time.UTC)
	for text, expected := range map[string]time.Duration{
		"120": 120 * time.Second, "Sun, 06 Nov 1994 08:49:40 GMT": 3 * time.Second,
		"Sunday, 06-Nov-94 08:49:40 GMT": 3 * time.Second, "soon": 0, "": 0,
	} {
		if seen := retryAfter(text, now); seen != expected {
			t.Errorf("%q: expected %v, saw %v", text, expected, seen)
		}
	}
}

func TestWithoutVirtualWaitsTimePasses(t *testing.T) {
	driver, _ := living()
	driver.Capabilities = []Capability{Converge}
	passed := make(chan time.Duration, 2)
	driver.Pause = func(last time.Duration, _ Failure) time.Duration {
		passed <- last
		return last + time.Millisecond
	}
	c := converse(t, driver)
	c.tell(openOne)
	c.answers(`{"type":"opened"}`)
	c.tell(`{"type":"converge","id":7,"session":1,"lifecycle":"fail","goal":"always","attempts":3,"resource":{"name":"r"}}`)
	c.answers(`{"type":"done","id":7,"outcome":{"kind":"error"}}`)
	if first, second := <-passed, <-passed; first != 0 || second != time.Millisecond {
		t.Fatalf("expected pauses of 1 and 2 ms, saw %v, %v", first, second)
	}
}

func TestAnErrorThatIsFinalKeepsItsCause(t *testing.T) {
	if err := (Final{refusal{}}); !errors.Is(err, refusal{}) || err.Error() != "no" {
		t.Fatal(err)
	}
}
