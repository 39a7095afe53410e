	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movl	n.1(%rip), %eax
	leal	1(%rax), %edx
	movl	%edx, n.1(%rip)
	imull	%edi, %eax
	movl	%eax, %edx
	movl	n.0(%rip), %eax
	leal	1(%rax), %ecx
	movl	%ecx, n.0(%rip)
	addl	%edx, %eax
	ret
	.size	f, .-f
	.local	n.0
	.comm	n.0,4,4
	.local	n.1
	.comm	n.1,4,4
	.section	.note.GNU-stack,"",@progbits
