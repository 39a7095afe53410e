	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movl	counter(%rip), %eax
	leal	1(%rax), %edx
	movl	%edx, counter(%rip)
	ret
	.size	f, .-f
	.globl	counter
	.data
	.align 4
	.type	counter, @object
	.size	counter, 4
counter:
	.long	4
	.section	.note.GNU-stack,"",@progbits
