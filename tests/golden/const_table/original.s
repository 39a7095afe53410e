	.file	"x.c"
	.text
	.globl	get
	.type	get, @function
get:
	movslq	%edi, %rdi
	leaq	primes(%rip), %rax
	movl	(%rax,%rdi,4), %eax
	ret
	.size	get, .-get
	.globl	all
	.type	all, @function
all:
	movl	$0, %eax
	ret
	.size	all, .-all
	.globl	other
	.type	other, @function
other:
	movl	%edi, %eax
	ret
	.size	other, .-other
	.section	.rodata
	.align 16
	.type	primes, @object
	.size	primes, 16
primes:
	.long	2
	.long	10
	.long	20
	.long	30
	.section	.note.GNU-stack,"",@progbits
