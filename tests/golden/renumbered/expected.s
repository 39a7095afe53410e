	.file	"x.c"
	.text
	.section	.rodata.str1.1,"aMS",@progbits,1
.LC0:
	.string	"first"
	.text
	.globl	first
	.type	first, @function
first:
	pushq	%rbp
	pushq	%rbx
	subq	$8, %rsp
	movl	%edi, %ebx
	leaq	.LC0(%rip), %rbp
	leal	-1(%rdi), %eax
	testl	%edi, %edi
	je	.L1
.L4:
	movq	%rbp, %rdi
	call	puts@PLT
	subl	$1, %ebx
	jne	.L4
	movl	$-1, %eax
.L1:
	addq	$8, %rsp
	popq	%rbx
	popq	%rbp
	ret
	.size	first, .-first
	.section	.rodata.str1.1
.LC1:
	.string	"second"
	.text
	.globl	second
	.type	second, @function
second:
	pushq	%rbp
	pushq	%rbx
	subq	$8, %rsp
	movl	%edi, %ebx
	leaq	.LC1(%rip), %rbp
	leal	-1(%rdi), %eax
	testl	%edi, %edi
	je	.L8
.L11:
	movq	%rbp, %rdi
	call	puts@PLT
	subl	$1, %ebx
	jne	.L11
	movl	$-1, %eax
.L8:
	addq	$8, %rsp
	popq	%rbx
	popq	%rbp
	ret
	.size	second, .-second
	.section	.note.GNU-stack,"",@progbits
