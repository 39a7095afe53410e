	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movl	calls.0(%rip), %eax
	leal	1(%rax), %edx
	movl	%edx, calls.0(%rip)
	movl	fresh(%rip), %eax
	leal	1(%rax), %ecx
	movl	%ecx, fresh(%rip)
	addl	n(%rip), %eax
	addl	zero(%rip), %eax
	addl	%edx, %eax
	ret
	.size	f, .-f
	.local	calls.0
	.comm	calls.0,4,4
	.globl	n
	.data
	.align 4
	.type	n, @object
	.size	n, 4
n:
	.long	3
	.globl	zero
	.bss
	.align 4
	.type	zero, @object
	.size	zero, 4
zero:
	.zero	4
	.globl	fresh
	.data
	.align 4
	.type	fresh, @object
	.size	fresh, 4
fresh:
	.long	7
	.section	.note.GNU-stack,"",@progbits
