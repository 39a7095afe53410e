// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Throws, cancellations and backtraces in all threads, all through middle(),
 * which is patched and unpatched meanwhile. Says what it has done until it's
 * told to end; what goes wrong ends it.
 *
 * The handler of SIGPROF asks for unwind data as well, wherever it interrupts:
 * within the unwinding of an exception, too, so a lock that both take would
 * show. It doesn't call backtrace(): at the end of _Unwind_RaiseException() gcc
 * 12's call frames are wrong, and a backtrace from there crashes (2 of 3 such
 * processes within 20 s, without any doctor).
 */
#include <atomic>
#include <cstdlib>
#include <execinfo.h>
#include <poll.h>
#include <pthread.h>
#include <sys/time.h>

#include "patient.h"

#define THROWERS 4

static std::atomic<bool> done;
static std::atomic<long> thrown, cancelled, handled, new_ones;
static thread_local void *called_from;

static NOIPA void wrong(const char *what)
{
	printf("wrong: %s\n", what);
	fflush(stdout);
	_exit(1);
}

struct guard {
	std::atomic<int> *count;

	explicit guard(std::atomic<int> *n) : count(n) {}
	NOIPA ~guard() { ++*count; }
};

typedef void action(int n);

/* Has something to destroy, and catches what never comes. */
NOIPA int middle(action *act, int n, std::atomic<int> *count)
{
	guard g(count);

	try {
		act(n);
	} catch (const char *) {
		wrong("caught another type");
	}
	return 1;
}

static NOIPA void throw_it(int n)
{
	throw n;
}

static NOIPA void wait_for_cancel(int n)
{
	for (;;)
		poll(NULL, 0, n);
}

static NOIPA void look_back(int)
{
	void *frames[64];
	int n = backtrace(frames, 64);

	for (int i = 0; i < n; i++) {
		if (frames[i] == called_from)
			return;
	}
	wrong("a backtrace ends early");
}

static NOIPA int look_through_middle(int n, std::atomic<int> *count)
{
	called_from = __builtin_return_address(0);
	return middle(look_back, n, count) + n;
}

static void throw_once(int n)
{
	std::atomic<int> count(0);

	try {
		middle(throw_it, n, &count);
		wrong("an exception got lost");
	} catch (int caught) {
		if (caught != n)
			wrong("another exception came");
	}
	if (count != 1)
		wrong("a destructor didn't run once");
	new_ones += look_through_middle(n, &count) - n - 1;
	thrown++;
}

static void *thrower(void *arg)
{
	for (int n = 0; !done; n++) {
		throw_once(n);
		if (n % 4 == 0)
			poll(NULL, 0, 1);
	}
	return arg;
}

static std::atomic<int> destroyed;

static void *victim(void *arg)
{
	guard above(&destroyed);

	middle(wait_for_cancel, 1000, &destroyed);
	return arg;
}

/* A thread is in middle() only for a moment, or nobody could be patched. */
static void cancel_one()
{
	pthread_t t;
	void *result;

	destroyed = 0;
	if (pthread_create(&t, NULL, victim, NULL))
		wrong("no thread");
	poll(NULL, 0, 1);
	pthread_cancel(t);
	pthread_join(t, &result);
	if (result != PTHREAD_CANCELED || destroyed != 2)
		wrong("a cancelled thread's destructors didn't run");
	cancelled++;
}

/* Of libgcc's unwind-dw2-fde.h, which isn't installed. */
extern "C" const void *_Unwind_Find_FDE(void *pc, void *ret_bases);

static void on_prof(int)
{
	struct {
		void *tbase, *dbase, *func;
	} bases;

	if (!_Unwind_Find_FDE((void *)on_prof, &bases) ||
	    bases.func != (void *)on_prof)
		wrong("no unwind data in a handler");
	handled++;
}

static void start_timer()
{
	struct itimerval it = {};
	struct sigaction sa = {};

	it.it_interval.tv_usec = it.it_value.tv_usec = 1000;
	sa.sa_handler = on_prof;
	sa.sa_flags = SA_RESTART;
	sigaction(SIGPROF, &sa, NULL);
	setitimer(ITIMER_PROF, &it, NULL);
}

int main(int argc, char **)
{
	pthread_t t[THROWERS];

	patient_runs();
	start_timer();
	for (pthread_t &each : t)
		pthread_create(&each, NULL, thrower, NULL);
	printf("ready\n");
	alarm(argc > 1 ? 3600 : 120);
	while (patient_runs()) {
		cancel_one();
		poll(NULL, 0, 20);
	}
	done = true;
	for (pthread_t each : t)
		pthread_join(each, NULL);
	printf("%ld thrown, %ld cancelled, %ld signals, %ld through a patch\n",
	       thrown.load(), cancelled.load(), handled.load(),
	       new_ones.load());
	return 0;
}
